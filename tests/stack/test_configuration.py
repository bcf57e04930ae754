"""What compose.yaml says, that of services which are not running too."""

import json
from typing import Any

import pytest

from tests.support.stack.project import Stack

pytestmark = pytest.mark.timeout(600)


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


def test_the_feature_server_goes_first_too(stack: Stack) -> None:
    """Requests may wait for it, as they do for predict and Redis; nothing else has more weight."""
    services = stack.configuration("*")["services"]
    shares = {name: service["cpu_shares"] for name, service in services.items()}
    assert {name for name, share in shares.items() if share > min(shares.values())} == {
        "features",
        "predict",
        "redis",
    }


def test_the_shells_variables_reach_the_containers(stack: Stack) -> None:
    """An external Redis, telemetry's standard variables, the links of the root page; and a bind address."""
    variables: dict[str, Any] = {
        "REDIS_URL": "rediss://user:password@redis.example:6379/0",
        "OTEL_EXPORTER_OTLP_ENDPOINT": "https://otlp.example",
        "OTEL_SERVICE_NAME": "ours",
        "GRAFANA_URL": "https://grafana.example",
        "BUNDLE": "bundles/churn,bundles/mine",
    }
    text = stack.run(
        *("docker", "compose", "config", "--format", "json"),
        **variables,
        RESOURCE_ATTRIBUTES="team=growth",
        BIND_ADDRESS="0.0.0.0",  # noqa: S104 - what is tested
    )
    services = json.loads(text)["services"]
    environment = services["predict"]["environment"]
    assert {name: environment[name] for name in variables} == variables
    assert environment["OTEL_RESOURCE_ATTRIBUTES"] == "team=growth"
    for worker in ("drift-worker", "drift-sweep"):
        shared = services[worker]["environment"]
        assert {name: shared[name] for name in ("REDIS_URL", "BUNDLE")} == {
            name: variables[name] for name in ("REDIS_URL", "BUNDLE")
        }
    assert {port["host_ip"] for port in services["predict"]["ports"]} == {"0.0.0.0"}  # noqa: S104 - as above


def test_a_password_with_any_characters_reaches_redis_and_services(stack: Stack) -> None:
    """Just as it is, and not as a part of an address."""
    password = "p$a@s#s/w%41'\"\\{HOME}"  # noqa: S105 - the test's own
    text = stack.run(*("docker", "compose", "config", "--format", "json"), REDIS_PASSWORD=password)
    services = json.loads(text)["services"]
    escaped = password.replace("$", "$$")  # so that the output may be read as a compose.yaml
    assert services["redis"]["environment"]["REDISCLI_AUTH"] == escaped
    for name in ("predict", "drift-worker", "drift-sweep"):
        assert services[name]["environment"]["REDIS_PASSWORD"] == escaped
        assert services[name]["environment"]["REDIS_URL"] == "redis://:driftline@redis:6379/0"


def test_with_an_external_redis_ours_may_be_left_out(stack: Stack) -> None:
    """No service insists on it."""
    for name in ("predict", "drift-worker", "drift-sweep"):
        depends = stack.configuration()["services"][name]["depends_on"]
        assert not depends["redis"]["required"], name


def test_worker_and_sweep_have_the_same_settings(stack: Stack) -> None:
    """Windows and leases mean the same to both."""
    services = stack.configuration()["services"]
    assert services["drift-sweep"]["environment"] == services["drift-worker"]["environment"]


def test_variables_of_the_shell_win_over_the_defaults(stack: Stack) -> None:
    """Ports and tag of this very stack are not those of .env."""
    ports = stack.configuration()["services"]["prometheus"]["ports"]
    assert [port["published"] for port in ports] == [stack.environment["PROMETHEUS_PORT"]]
