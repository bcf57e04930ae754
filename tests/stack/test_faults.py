"""Services killed under traffic, and predict cut off from Redis."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bundle import open_bundle
from predict.request.openapi import request_example
from tests.support.figures import Figures
from tests.support.http.constant_load import constant_load, out_of_order
from tests.support.paths import ROOT
from tests.support.soak import SCALE
from tests.support.stack.project import Stack
from tests.support.stack.traffic import (
    RATE,
    account_of,
    assert_balanced,
    assert_recomputations_are_equal,
    traffic,
)
from tests.support.waiting import wait_for

pytestmark = pytest.mark.timeout(600)

KILLS = {
    ("redis",): [71],
    ("predict",): [72],
    ("drift-worker", "drift-sweep", "otel-collector", "prometheus", "evidently-ui"): [73, 83],
}
"""A seed for each traffic in which these services are killed, one after the other.

Redis and predict, which every record passes through, are killed by themselves. The kills of the tests without
containers come on top, where there are some.
"""

APPEND_TIMEOUT = 0.25
SECONDS = SCALE.outage
GROWTH_MB = 50
SPOOLED = "sum(feature_log_spool_records)"


@pytest.mark.parametrize("services", KILLS, ids=", ".join)
def test_a_killed_service_costs_no_record(
    stack: Stack, figures: Figures, services: tuple[str, ...], month: Path, tmp_path: Path
) -> None:
    """Killed at random moments of the traffic, each time it comes back; evaluations are as ever."""
    known, sent = set(stack.evaluations()), 0
    answered: list[str] = []
    seeds = KILLS[services][: SCALE.rounds]
    for seed in seeds:
        (folder := tmp_path / str(seed)).mkdir()
        chance = random.Random(seed)  # noqa: S311 - seeded
        # Traffic anew each time: a predict that comes back may have another port.
        with traffic(stack.predict_url, month, folder) as under_way:
            for service in services:
                under_way.goes_on(chance.randint(0, 3 * RATE))
                stack.compose("kill", "--signal", "SIGKILL", service)
                stack.up()
        answered += under_way.answered()
        assert under_way.result["refused"] == {}
        assert services == ("predict",) or under_way.result["failed"] == {}
        sent += under_way.result["sent"]
    account = account_of(stack, answered)
    windows = [each for each in stack.evaluations() if each not in known]
    figures.add(
        f"stack: {', '.join(services)} killed, seeds {seeds}",
        sent=sent,
        answered=len(answered),
        kills=len(seeds) * len(services),
        windows=len(windows),
        lost=account.lost,
        duplicated=account.duplicated,
    )
    assert windows
    assert_balanced(stack, account)
    assert_recomputations_are_equal(stack, windows)


@pytest.mark.alone
def test_a_network_without_redis_costs_no_answer(stack: Stack, figures: Figures) -> None:
    """Cut off from Redis, predict answers in time and in little memory; the records follow, in order."""
    asked = request_example(open_bundle(ROOT / "bundles" / "churn").schema)
    known = set(stack.evaluations())
    # One process: those of a container drain side by side, and their records have no order among each other.
    with (
        stack.having(PREDICT_WORKERS="1", APPEND_TIMEOUT=str(APPEND_TIMEOUT)),
        constant_load(stack.predict_url, asked, RATE) as load,
    ):
        wait_for("the load to be under way", load.goes_on(2 * RATE))
        before = stack.resident_mb("predict")
        with cut_off(stack):
            wait_for("the outage to last", load.goes_on(RATE * SECONDS), timeout=2 * SECONDS)
            grown = stack.resident_mb("predict") - before
            wait_for("the spool to be seen", lambda: (stack.prometheus.value(SPOOLED) or 0) > 0, interval=1)
        wait_for("the spool to be drained", lambda: stack.prometheus.value(SPOOLED) == 0, interval=1)
        wait_for("more answers", load.goes_on(RATE))
    account = account_of(stack, load.predicted)
    disorder = out_of_order(load.asked, account.logged)
    figures.add(
        f"stack: network disconnected for {SECONDS} s",
        answered=len(load.predicted),
        p99_ms=round(1000 * load.percentile(0.99)),
        grown_mb=round(grown),
        lost=account.lost,
        duplicated=account.duplicated,
        out_of_order=len(disorder),
    )
    assert (load.statuses, load.unanswered) == ({200: len(load.asked)}, 0)
    assert load.percentile(0.99) <= APPEND_TIMEOUT + 0.05
    assert grown < GROWTH_MB
    assert disorder == []
    assert_balanced(stack, account)
    assert_recomputations_are_equal(stack, [each for each in stack.evaluations() if each not in known])


@contextmanager
def cut_off(stack: Stack) -> Iterator[None]:
    """Take predict out of the network of Redis for as long as the context is open."""
    network = f"{stack.environment['COMPOSE_PROJECT_NAME']}_data"
    [predict] = stack.inspect("predict")
    stack.docker("network", "disconnect", network, predict["Id"])
    try:
        yield
    finally:
        stack.docker("network", "connect", network, predict["Id"])
