"""What is seen in Prometheus while parts of the stack are restarted."""

import itertools
import time
from pathlib import Path

import pytest

from tests.support.observability.metric_table import declared
from tests.support.observability.prometheus_api import Series
from tests.support.stack.project import WINDOW_ROWS, Stack
from tests.support.stack.traffic import send
from tests.support.waiting import wait_for

pytestmark = [pytest.mark.alone, pytest.mark.timeout(600)]

SCRAPE = 5
GAUGE = "max(drift_share_ratio)"
OURS = [metric for metric in declared().values() if metric.instrument]
DRIFT_GAUGES = "|".join(
    m.name for m in OURS if m.kind == "gauge" and m.name.startswith("drift_") and "sweep" in m.by
)
OF_A_PROCESS = "process_"
"""What begins anew with a process; of the sweep, whose instance stays, that is a reset, as rates know it."""

COUNTERS = "|".join(m.name for m in OURS if m.kind == "counter" and not m.name.startswith(OF_A_PROCESS))


@pytest.mark.parametrize(
    "services", [("predict", "drift-worker"), ("drift-sweep",), ("otel-collector",)], ids=", ".join
)
def test_a_restart_hides_no_drift_gauge(stack: Stack, month: Path, services: tuple[str, ...]) -> None:
    """Every drift gauge is away for two scrapes at most, and no process's counter ever goes back."""
    if not stack.evaluations():
        send(stack.predict_url, month, WINDOW_ROWS, concurrency=8)
        stack.wait_until_evaluated()
    wait_for("the drift gauge", lambda: stack.prometheus.query(GAUGE), timeout=60, interval=1)
    began = time.time()
    stack.compose("restart", *services)
    stack.up("--no-recreate")
    wait_for(
        "some scrapes after the restart",
        lambda: time.time() > began + 3 * SCRAPE and stack.prometheus.query(GAUGE),
        timeout=90,
        interval=1,
    )
    until = time.time()
    ours = f"instance='sweep', model_version=~'|{stack.partition.version}'"  # others may end at any time
    gauges = stack.prometheus.range(f"{{__name__=~'{DRIFT_GAUGES}', {ours}}}", began - 1, until, step=1)
    assert len(gauges) > len(DRIFT_GAUGES.split("|"))
    assert {
        name: gap for name, points in gauges.items() if (gap := longest_gap(points, until)) > 2 * SCRAPE + 1
    } == {}
    counters = stack.prometheus.range(f"{{__name__=~'{COUNTERS}'}}", began - 1, until, step=1)
    assert len(counters) > len(COUNTERS.split("|"))
    assert [name for name, points in counters.items() if goes_back(points)] == []


def longest_gap(points: Series, until: float) -> float:
    """Seconds between two neighbouring points, or from the last one until then."""
    moments = [*(moment for moment, _ in points), until]
    return max(later - earlier for earlier, later in itertools.pairwise(moments))


def goes_back(points: Series) -> bool:
    """Whether a value is smaller than the one before it."""
    return any(later < earlier for (_, earlier), (_, later) in itertools.pairwise(points))
