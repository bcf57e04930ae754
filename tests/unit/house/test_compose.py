"""What compose.yaml promises of links and health checks, of services that can't be run here too."""

import json
import os
import re
from pathlib import Path

import pytest
import yaml

from predict.settings import Settings
from tests.support.paths import ROOT
from tests.support.processes import program

COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]
PROBED = {name: service["healthcheck"] for name, service in COMPOSE.items() if "healthcheck" in service}
LOAD = 15
"""Processes that want a core each, on a machine with two, is what a start has to survive."""


def seconds(text: str) -> int:
    """A duration of compose.yaml."""
    return int(text.removesuffix("s"))


@pytest.mark.parametrize("name", PROBED)
def test_a_busy_machine_is_no_sick_service(name: str) -> None:
    """Probe and start may take as many times longer as there is load; one slow answer is not the end."""
    probe = PROBED[name]
    assert seconds(probe["timeout"]) >= 2 * LOAD
    assert seconds(probe["start_period"]) >= 20 * LOAD
    assert probe["retries"] >= 5
    own = re.findall(r"timeout=(\d+)", " ".join(probe["test"]))
    assert all(LOAD <= int(each) < seconds(probe["timeout"]) for each in own)


def test_predict_is_given_the_time_that_it_counts_on() -> None:
    """The setting and what Compose does are one variable, with one default."""
    default = Settings.model_fields["stop_grace"].default
    assert COMPOSE["predict"]["stop_grace_period"] == f"${{STOP_GRACE:-{default}}}s"


def test_no_link_leads_to_localhost_by_accident() -> None:
    """Addresses that people are sent to are settings, by default at PUBLIC_HOST."""
    text = json.dumps(COMPOSE)
    links = re.findall(r"https?://localhost[^\"]*", text)
    assert links == []
    assert text.count("http://${PUBLIC_HOST}:") >= 5


def started(folder: Path, reports: str) -> str:
    """What Grafana's start says, which puts the dashboards into the folder."""
    variables = {"PASSWORD_IS_SET": "", "DASHBOARDS": str(folder), "REPORTS_URL": reports}
    ended = program.run(
        ["sh", ROOT / "grafana/start.sh", "echo", "started"],
        env=os.environ | variables,
        capture_output=True,
        text=True,
    )
    return str(ended.stdout + ended.stderr)


def test_dashboards_lead_to_the_reports(tmp_path: Path) -> None:
    """Where REPORTS_URL says, in each of the dashboards."""
    said = started(tmp_path, "https://example.org/ml/reports/")
    assert said.endswith("started\n")
    assert "GRAFANA_PASSWORD is not set" in said
    names = {path.name for path in (ROOT / "grafana/dashboards").glob("*.json")}
    assert {path.name for path in tmp_path.iterdir()} == names
    for name in names:
        text = (tmp_path / name).read_text()
        assert "localhost" not in text
        constants = {
            each["name"]: each["query"]
            for each in json.loads(text)["templating"]["list"]
            if each["type"] == "constant"
        }
        assert constants["reports_url"] == "https://example.org/ml/reports"


@pytest.mark.parametrize("reports", ['https://a"b', "https://a|b", "https://a&b", "javascript: x"])
def test_an_address_that_is_none_is_refused(tmp_path: Path, reports: str) -> None:
    """It would break the dashboards."""
    assert "REPORTS_URL must be an address" in started(tmp_path, reports)
