"""What compose.yaml says, that of services which are not running too."""

import drift_worker.settings
import predict.settings
import pytest
from pydantic_settings import BaseSettings

from tests.support.stack.project import Stack

pytestmark = pytest.mark.timeout(600)

ELSEWHERE = {"UI_HOST", "UI_PORT", "METRICS_HOST", "METRICS_PORT"}
"""Settings of evidently-ui, and of worker and sweep without a collector."""


def test_what_does_not_run_here_is_configured_alike(stack: Stack) -> None:
    """Grafana, Jaeger and the load are held to the same, as far as compose.yaml tells."""
    services = stack.configuration("*")["services"]
    assert {"grafana", "jaeger", "load"} <= set(services)
    for name, service in services.items():
        assert service["read_only"], name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert int(service["mem_limit"]) > 0, name
        assert service["pids_limit"] > 0, name
        assert {port["host_ip"] for port in service.get("ports", [])} <= {"127.0.0.1"}, name


@pytest.mark.parametrize(
    ("service", "settings"),
    [("predict", predict.settings.Settings), ("drift-worker", drift_worker.settings.Settings)],
)
def test_every_setting_reaches_its_service(stack: Stack, service: str, settings: type[BaseSettings]) -> None:
    """Each setting is either given by compose.yaml or passed on from the shell and from .env."""
    passed = set(stack.configuration()["services"][service]["environment"])
    assert {name.upper() for name in settings.model_fields} - passed - ELSEWHERE == set()


def test_worker_and_sweep_have_the_same_settings(stack: Stack) -> None:
    """Windows and leases mean the same to both."""
    services = stack.configuration()["services"]
    assert services["drift-sweep"]["environment"] == services["drift-worker"]["environment"]


def test_variables_of_the_shell_win_over_the_defaults(stack: Stack) -> None:
    """Ports and tag of this very stack are not those of .env."""
    ports = stack.configuration()["services"]["prometheus"]["ports"]
    assert [port["published"] for port in ports] == [stack.environment["PROMETHEUS_PORT"]]
