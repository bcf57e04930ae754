"""What is seen in Prometheus while parts of the stack are restarted."""

import itertools
import time
from pathlib import Path

import pytest

from tests.stack.project import WINDOW_ROWS, Stack
from tests.stack.traffic import send
from tests.waiting import wait_for

pytestmark = pytest.mark.timeout(600)

SCRAPE = 5
GAUGE = "max(drift_share_ratio)"


@pytest.mark.parametrize("service", ["predict", "drift-worker", "drift-sweep", "otel-collector"])
def test_a_restart_hides_no_drift_gauge(stack: Stack, month: Path, service: str) -> None:
    """Drift gauges are away for two scrapes at most, and what is counted in Redis never goes back."""
    if not stack.evaluations():
        send(stack.predict_url, month, WINDOW_ROWS, concurrency=8)
        stack.wait_until_evaluated()
    wait_for("the drift gauge", lambda: stack.prometheus.query(GAUGE), timeout=60, interval=1)
    decisions = "sum(drift_decisions_total)"
    before = stack.prometheus.value(decisions)
    began = time.time()
    stack.compose("restart", service)
    stack.up("--no-recreate")
    wait_for(
        "some scrapes after the restart",
        lambda: time.time() > began + 6 * SCRAPE and stack.prometheus.query(GAUGE),
        timeout=90,
        interval=1,
    )
    seen = stack.prometheus.times(GAUGE, began - 1, time.time(), step=1)
    gaps = [later - earlier for earlier, later in itertools.pairwise(seen)]
    assert max(gaps) <= 2 * SCRAPE + 1, f"the gauge was away for {max(gaps)} s"
    after = stack.prometheus.value(decisions)
    assert before is not None
    assert after is not None
    assert after >= before
