"""Consecutive actions of one cause are one incident."""

from typing import Any, cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from redis import Redis

from drift_worker.record.store import EvaluationStore
from tests.support.evaluations.windows import FillWindows, evaluation_of
from tests.support.records import PARTITION

DRIFT = {"decision": "RETRAINING_TRIGGERED", "causes": ["drift"], "severity": "low"}
FEE = {"decision": "INVESTIGATE", "causes": ["fee: missing"], "severity": "high"}
BOTH = {"decision": "INVESTIGATE", "causes": ["age: constant", "fee: missing"], "severity": "high"}
QUIET: dict[str, Any] = {"decision": "NO_ACTION"}
FEW_ROWS: dict[str, Any] = {"decision": "INSUFFICIENT_DATA"}
FAILED: dict[str, Any] = {"decision": None, "status": "failed"}


def opened(
    redis: Redis, fill_windows: FillWindows, kinds: list[dict[str, Any]], order: list[int] | None = None
) -> list[int]:
    """The numbers of the windows that open an incident, when they are committed in this order."""
    windows = fill_windows(10 * len(kinds), 10)
    store = EvaluationStore(redis)
    for place in order or range(len(kinds)):
        assert store.commit(evaluation_of(windows[place], **kinds[place]), {"evaluated": 10})
    numbers = {window.id: window.number for window in windows}
    entries = cast("list[tuple[bytes, dict[bytes, bytes]]]", redis.xrange(PARTITION.incidents))
    return [numbers[entry[b"window_id"].decode()] for _, entry in entries]


@pytest.mark.parametrize(
    ("kinds", "numbers"),
    [
        ([QUIET, QUIET], []),
        ([QUIET, DRIFT, DRIFT, DRIFT], [2]),
        ([DRIFT, QUIET, DRIFT], [1, 3]),
        ([DRIFT, FEE, FEE, DRIFT], [1, 2, 4]),
        ([FEE, BOTH, FEE], [1, 2]),
        ([FEE, FEW_ROWS, FEE], [1]),
        ([FEE, FAILED, FEE], [1]),
    ],
)
def test_an_incident_is_opened_once(
    redis: Redis, fill_windows: FillWindows, kinds: list[dict[str, Any]], numbers: list[int]
) -> None:
    """By its first window; a window that could not be judged, or has too few rows, does not end it."""
    assert opened(redis, fill_windows, kinds) == numbers


def test_incidents_are_counted_by_decision(redis: Redis, fill_windows: FillWindows) -> None:
    """While each window's decision is counted for itself."""
    opened(redis, fill_windows, [DRIFT, DRIFT, QUIET, FEE, FEE])
    tally = cast("dict[bytes, bytes]", redis.hgetall(PARTITION.tally))
    counts = {name.decode(): int(count) for name, count in tally.items()}
    assert (counts["incidents:RETRAINING_TRIGGERED"], counts["decisions:RETRAINING_TRIGGERED"]) == (1, 2)
    assert (counts["incidents:INVESTIGATE"], counts["decisions:INVESTIGATE"]) == (1, 2)


def test_a_window_that_comes_late_belongs_to_its_neighbours(redis: Redis, fill_windows: FillWindows) -> None:
    """Workers commit in any order: a window between or before others of an incident opens no other."""
    assert opened(redis, fill_windows, [FEE, FEE, FEE], order=[1, 2, 0]) == [2]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), kinds=st.lists(st.sampled_from([QUIET, DRIFT, FEE]), min_size=1, max_size=8))
def test_in_any_order_each_run_is_one_incident(
    redis: Redis, fill_windows: FillWindows, data: st.DataObject, kinds: list[dict[str, Any]]
) -> None:
    """There are as many incidents as runs of windows with one cause, and windows without one open none."""
    redis.flushdb()
    order = data.draw(st.permutations(range(len(kinds))))
    found = [kinds[number - 1] for number in opened(redis, fill_windows, kinds, order)]
    runs = [kind for place, kind in enumerate(kinds) if place == 0 or kinds[place - 1] != kind]
    assert len(found) == len([kind for kind in runs if kind != QUIET])
    assert QUIET not in found
