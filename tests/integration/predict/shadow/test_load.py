"""A shadow costs answers nothing that can be measured."""

from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from redis import Redis

from bundle import Bundle
from contract.keys import Partition
from tests.support.figures import Figures
from tests.support.http.constant_load import constant_load, percentile
from tests.support.http.load import Logged
from tests.support.processes.predict import EMBEDDED, Running, is_ready, serving
from tests.support.waiting import wait_for

RATE = 100
"""Requests per second, each on a core that has much to spare."""

PHASE = 150
"""Requests of one turn: the two services are loaded in turns, so that a busy machine slows both."""

TURNS = 6


def ask(service: Running, request: dict[str, Any]) -> list[float]:
    """Load a service for one turn; gives the seconds that each answer took."""
    with constant_load(service.url, request, RATE) as load:
        wait_for("answers", load.goes_on(PHASE))
    assert set(load.statuses) == {200}
    return [each.seconds for each in load.asked]


@pytest.mark.alone
def test_answers_beside_a_shadow_come_as_fast(  # noqa: PLR0917 - fixtures
    challengers: dict[str, Bundle],
    requests: list[dict[str, Any]],
    redis: Redis,
    redis_url: str,
    tmp_path: Path,
    figures: Figures,
) -> None:
    """By median and p99, in turns with a service that has none; and every row is scored."""
    shadow = challengers["good"]
    seconds: dict[str, list[float]] = {"without": [], "beside": []}
    with ExitStack() as stack:
        services = {
            name: stack.enter_context(serving(folder(tmp_path / name), redis_url, **EMBEDDED, **variables))
            for name, variables in {"without": {}, "beside": {"SHADOW": str(shadow.path)}}.items()
        }
        for service in services.values():
            wait_for("predict to be ready", lambda of=service: is_ready(of.url))  # type: ignore[misc]
        beside = services["beside"]
        wait_for("the shadow to score", lambda: beside.value("predict_shadow_running") == 1, 120)
        for turn in range(TURNS):
            for name in (*seconds,) if turn % 2 else (*reversed(seconds),):
                seconds[name] += ask(services[name], requests[turn])
        asked = len(seconds["beside"])
        shadowed = Logged(redis, Partition(shadow.name, shadow.version))
        wait_for("the shadow to log all rows", lambda: len(shadowed.ids) == asked)
    median, p99 = ({name: percentile(each, share) for name, each in seconds.items()} for share in (0.5, 0.99))
    for name in seconds:
        figures.add(
            f"microseconds of an answer {name} a shadow",
            median=round(1e6 * median[name]),
            p99=round(1e6 * p99[name]),
        )
    assert median["beside"] < 1.3 * median["without"] + 0.001
    assert p99["beside"] < 1.5 * p99["without"] + 0.005


def folder(path: Path) -> Path:
    """A folder of a service's own."""
    path.mkdir()
    return path
