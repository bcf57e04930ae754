"""Services killed under traffic."""

from pathlib import Path

import pytest

from tests.stack.project import Stack
from tests.stack.traffic import assert_accounted_for, traffic
from tests.waiting import wait_for

pytestmark = pytest.mark.timeout(600)


@pytest.mark.parametrize(
    "service",
    ["redis", "predict", "drift-worker", "drift-sweep", "otel-collector", "prometheus", "evidently-ui"],
)
def test_a_killed_service_costs_no_record(stack: Stack, service: str, month: Path, tmp_path: Path) -> None:
    """Killed during traffic and brought up again, the stack is healthy and every answer is accounted for."""
    with traffic(stack.predict_url, month, tmp_path) as under_way:
        stack.compose("kill", "--signal", "SIGKILL", service)
        stack.up()
    assert_accounted_for(stack, under_way.answered())


def test_a_network_without_redis_costs_no_answer(stack: Stack, month: Path, tmp_path: Path) -> None:
    """predict is cut off from Redis for a while: every request is answered, and its record follows."""
    network = f"{stack.environment['COMPOSE_PROJECT_NAME']}_data"
    [predict] = stack.inspect("predict")
    spooled = "sum(feature_log_spool_records)"
    with traffic(stack.predict_url, month, tmp_path) as under_way:
        stack.docker("network", "disconnect", network, predict["Id"])
        under_way.goes_on()
        wait_for("the spool to be seen", lambda: (stack.prometheus.value(spooled) or 0) > 0, 60, interval=1)
        stack.docker("network", "connect", network, predict["Id"])
        under_way.goes_on()
        wait_for("the spool to be drained", lambda: stack.prometheus.value(spooled) == 0, 60, interval=1)
    assert under_way.result["refused"] == {}
    assert_accounted_for(stack, under_way.answered())
