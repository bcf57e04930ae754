"""Look-ups share calls of the feature server, and one that hangs costs others nothing to be measured."""

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from itertools import cycle
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import pytest
import uvloop

from bench.serving.connection import post_request
from bench.serving.cores import cpu_seconds
from bench.serving.load import CONNECTIONS, measure
from tests.support.feast.odd import TYPICAL, hanging, odd_server
from tests.support.feast.server import FeastServer
from tests.support.figures import Figures
from tests.support.http.constant_load import constant_load, percentile
from tests.support.processes.predict import EMBEDDED, Running, is_ready, serving
from tests.support.waiting import wait_for

SHARED: Final[Sequence[str]] = ()
ALONE: Final[Sequence[str]] = (
    sys.executable,
    "-c",
    "import sys, predict.features.calls as calls; calls.MAX_ENTITIES, calls.MAX_CALLS = 1, 16; "
    "sys.argv = ['predict']; from predict.__main__ import main; main()",
)
"""A service with a call for each look-up; what follows of the command is not read."""

SECONDS: Final = 1.0
PHASE: Final = 150
TURNS: Final = 6


@contextmanager
def ready(
    folder: Path, redis_url: str, *, through: Sequence[str] = (), **variables: str
) -> Iterator[Running]:
    """A service of its own folder, once it is ready."""
    folder.mkdir()
    with serving(folder, redis_url, through=through, **EMBEDDED, **variables) as running:
        wait_for("predict to be ready", lambda: is_ready(running.url))
        yield running


def rate(service: Running, users: Sequence[str]) -> float:
    """Answers per second to look-ups over 16 connections."""
    requests = cycle([post_request(json.dumps({"user_id": user}).encode()) for user in users])
    port = urlsplit(service.url).port or 0
    return uvloop.run(measure(port, service.process.pid, requests, SECONDS, None)).requests_per_second


def feature_server_seconds(feast: FeastServer) -> float:
    """Seconds of a core that the feature server has used, with the processes that it started."""
    assert feast.process is not None
    return _seconds_with_children(feast.process.pid)


def _seconds_with_children(process: int) -> float:
    children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    return cpu_seconds(process) + sum(_seconds_with_children(int(child)) for child in children)


@pytest.mark.alone
def test_a_call_has_many_entities_under_load(
    feast: FeastServer,
    users: dict[str, dict[str, Any]],
    redis_url: str,
    tmp_path: Path,
    figures: Figures,
) -> None:
    """At 16 connections, in turns with a service that makes a call for each.

    A look-up costs the feature server a fraction, and it answers so many more if it is the bottleneck.
    """
    patient = {"FEATURES_URL": feast.url, "FEATURES_TIMEOUT": "30"}
    rates: dict[str, list[float]] = {"shared": [], "alone": []}
    seconds = dict.fromkeys(rates, 0.0)
    with ExitStack() as stack:
        services = {
            name: stack.enter_context(ready(tmp_path / name, redis_url, through=through, **patient))
            for name, through in (("shared", SHARED), ("alone", ALONE))
        }
        for _ in range(TURNS):
            for name, service in services.items():
                before = feature_server_seconds(feast)
                rates[name].append(rate(service, list(users)))
                seconds[name] += feature_server_seconds(feast) - before
        calls = {name: each.value("feature_lookup_call_seconds_count") for name, each in services.items()}
        rows = {name: each.value("feature_lookups_total") for name, each in services.items()}
    mean = {name: sum(each) / TURNS for name, each in rates.items()}
    cost = {name: seconds[name] / rows[name] for name in rates}
    figures.add(
        f"look-ups per second over {CONNECTIONS} connections",
        shared=round(mean["shared"]),
        alone=round(mean["alone"]),
        ratio_percent=round(100 * mean["shared"] / mean["alone"]),
        rows_per_100_calls=round(100 * rows["shared"] / calls["shared"]),
        server_us_shared=round(1e6 * cost["shared"]),
        server_us_alone=round(1e6 * cost["alone"]),
    )
    assert calls["alone"] == rows["alone"]
    assert rows["shared"] / calls["shared"] > 5
    assert cost["alone"] > 4 * cost["shared"]
    assert mean["shared"] > 3 * mean["alone"]


@pytest.mark.alone
def test_answers_come_as_fast_while_the_feature_server_hangs(
    redis_url: str, tmp_path: Path, figures: Figures
) -> None:
    """Those to requests that bring all features, by median and p99, beside look-ups that are refused.

    In turns with a service that has no feature server, beside which as many requests are refused.
    """
    whole, entity = {"user_id": "u", "features": TYPICAL}, {"user_id": "u"}
    seconds: dict[str, list[float]] = {"without": [], "beside": []}
    with ExitStack() as stack:
        odd = stack.enter_context(odd_server())
        odd.say = hanging(odd)
        services = {
            "without": stack.enter_context(ready(tmp_path / "without", redis_url)),
            "beside": stack.enter_context(ready(tmp_path / "beside", redis_url, FEATURES_URL=odd.url)),
        }
        for turn in range(TURNS):
            for name in (*seconds,) if turn % 2 else (*reversed(seconds),):
                url = services[name].url
                with constant_load(url, entity, 20) as refused, constant_load(url, whole, 100) as load:
                    wait_for("answers", load.goes_on(PHASE))
                assert set(load.statuses) == {200}
                assert set(refused.statuses) == ({503} if name == "beside" else {422})
                seconds[name] += [each.seconds for each in load.asked]
        assert services["beside"].value("feature_lookups_total", outcome="away") > 0
    median, p99 = ({name: percentile(each, share) for name, each in seconds.items()} for share in (0.5, 0.99))
    for name in seconds:
        figures.add(
            f"microseconds of an answer {name} look-ups of a feature server that hangs",
            median=round(1e6 * median[name]),
            p99=round(1e6 * p99[name]),
        )
    assert median["beside"] < 1.3 * median["without"] + 0.001
    assert p99["beside"] < 1.5 * p99["without"] + 0.005
