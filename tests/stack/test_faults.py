"""Services killed under traffic."""

from pathlib import Path

import pytest

from tests.stack.project import Stack
from tests.stack.traffic import assert_accounted_for, traffic

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
