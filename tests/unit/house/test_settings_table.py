"""README's table of settings, the services' settings and what compose.yaml passes on are the same."""

import re
from typing import Any, NamedTuple

import pytest
import yaml
from pydantic_settings import BaseSettings

from contract.settings import SharedSettings
from drift_worker.settings import Settings as WorkerSettings
from predict.settings import Settings as PredictSettings
from telemetry.settings import TelemetrySettings
from tests.support.paths import ROOT

SERVICES: dict[str, tuple[type[BaseSettings], ...]] = {
    "both": (PredictSettings, WorkerSettings),
    "predict": (PredictSettings,),
    "worker": (WorkerSettings,),
}
CONTAINERS: dict[type[BaseSettings], tuple[str, ...]] = {
    PredictSettings: ("predict",),
    WorkerSettings: ("drift-worker", "drift-sweep"),
}
OF_THE_STACK = {
    "REPORTS_DIR": "a volume",
    "SPOOL_DIR": "a volume",
    "HEARTBEAT_FILE": "the health check looks at it",
    "REGISTRY_CACHE": "a volume",
    "API_KEYS_FILE": "a secret is mounted",
    "MLFLOW_TRACKING_URI": "MLFLOW_URI says it, since a shell's own names this machine",
    "PREDICT_HOST": "every address of the container",
    "PREDICT_PORT": "the port that is published",
    "UI_HOST": "every address of the container",
    "UI_PORT": "the port that is published",
    "OTEL_RESOURCE_ATTRIBUTES": "RESOURCE_ATTRIBUTES says it, since docker overwrites the variable",
}
"""What a container has of its own, and why the shell's value of the same name doesn't reach it."""


class Row(NamedTuple):
    """A variable in README's table."""

    name: str
    default: str
    of: str


def documented() -> list[Row]:
    """The rows of README's table of settings, a variable each."""
    rows = []
    text = (ROOT / "README.md").read_text()
    for names, defaults, of in re.findall(
        r"^\| ([A-Z][A-Z_, ]+) \| (.*?) ?\| (both|predict|worker) \|", text, re.M
    ):
        listed = names.split(", ")
        values = defaults.split(", ") if defaults else [""] * len(listed)
        rows += [Row(name, value, of) for name, value in zip(listed, values, strict=True)]
    return rows


def telemetry_variables() -> list[str]:
    """The variables of docs/telemetry.md's table; `_SUFFIX` goes on with the variable before it."""
    found: list[str] = []
    for cell in re.findall(r"^\| (OTEL_[^|]+) \|", (ROOT / "docs" / "telemetry.md").read_text(), re.M):
        first = ""
        for name in cell.split(", "):
            if name.startswith("OTEL_"):
                first = name
                found.append(name)
            elif name.startswith("_"):
                found.append(first if first.endswith(name) else _with_suffix(first, name))
    return found


def _with_suffix(first: str, suffix: str) -> str:
    return first + suffix if suffix == "_ARG" else first.rpartition("_")[0] + suffix


def containers() -> dict[str, dict[str, Any]]:
    """The environment of each service in compose.yaml."""
    services = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]
    return {name: service.get("environment", {}) for name, service in services.items()}


def passes_on(environment: dict[str, Any], name: str) -> bool:
    """Whether a container gets the shell's value of a variable."""
    return name in environment and (environment[name] is None or f"${{{name}" in str(environment[name]))


@pytest.mark.parametrize("row", documented(), ids=lambda row: row.name)
def test_a_documented_variable_is_a_setting_with_that_default(row: Row) -> None:
    """Of each service that the table names."""
    for settings in SERVICES[row.of]:
        default = settings.model_fields[row.name.lower()].default
        assert _shown(default) == row.default.removesuffix(".0") or float(default) == float(row.default)


def _shown(default: object) -> str:
    return "" if default is None else str(default)


@pytest.mark.parametrize("settings", [PredictSettings, WorkerSettings])
def test_every_setting_is_documented(settings: type[BaseSettings]) -> None:
    """For the service that has it, and with a sentence in the class."""
    names = {row.name for row in documented() if settings in SERVICES[row.of]}

    assert {name.upper() for name in settings.model_fields} == names
    assert [name for name, field in settings.model_fields.items() if not field.description] == []


def test_what_both_have_is_the_shared_base() -> None:
    """A setting of both services is written once."""
    both = {row.name.lower() for row in documented() if row.of == "both"}

    assert both == set(SharedSettings.model_fields)


@pytest.mark.parametrize("row", documented(), ids=lambda row: row.name)
def test_a_documented_variable_reaches_its_containers(row: Row) -> None:
    """From the shell or .env, unless the stack has a value of its own for a stated reason."""
    for settings in SERVICES[row.of]:
        for container in CONTAINERS[settings]:
            assert row.name in OF_THE_STACK or passes_on(containers()[container], row.name), container


@pytest.mark.parametrize(
    "name", sorted({*telemetry_variables(), *map(str.upper, TelemetrySettings.model_fields)})
)
def test_a_telemetry_variable_reaches_every_service(name: str) -> None:
    """Those that docs/telemetry.md names, and those that the services read themselves."""
    for container in ("predict", "drift-worker", "drift-sweep"):
        assert name in OF_THE_STACK or passes_on(containers()[container], name), container
