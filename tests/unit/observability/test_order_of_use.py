"""Each dashboard begins with what is wrong, ends with details, and shows nothing twice."""

import re
from collections import Counter

import pytest

from tests.support.observability.dashboards import Json, columns, dashboards, links_of, panels
from tests.support.observability.rules import alerts

FIRST = ["Is each service up?", "What fires"]
RUNBOOKS = "https://github.com/driftline/driftline/blob/main/docs/runbooks.md#"

LONGEST = 72
"""Letters of what to do first."""

each_dashboard = pytest.mark.parametrize("dashboard", dashboards().values(), ids=dashboards())


@each_dashboard
def test_what_fires_and_what_is_up_come_first(dashboard: Json) -> None:
    """Whoever is on call sees on top whether something is wrong."""
    assert [panel["title"] for panel in dashboard["panels"][:2]] == FIRST
    up, fires = dashboard["panels"][:2]
    assert [target["legendFormat"] for target in up["targets"]] == [
        "predict",
        "worker",
        "sweep",
        "Redis",
        "collector",
    ]
    assert up["gridPos"]["y"] == 0
    assert fires["gridPos"]["y"] == up["gridPos"]["h"]
    assert set(columns(fires)) >= {"severity", "for", "model", "version", "service", "first do this"}


@each_dashboard
def test_an_alert_calls_a_service_as_the_tiles_do(dashboard: Json) -> None:
    """Whoever reads that a service is down finds its tile by the same word."""
    up, fires = dashboard["panels"][:2]
    words = {target["legendFormat"] for target in up["targets"]}
    (mapping,) = columns(fires)["service"]["mappings"]
    called = {job: shown["text"] for job, shown in mapping["options"].items()}
    (down,) = (alert["expr"] for alert in alerts() if alert["alert"] == "DriftlineTargetDown")
    named = {*re.findall(r'"job", "([\w-]+)"', down), "otel-collector"}
    assert named == called.keys()
    assert words == {*called.values(), "predict"}


@each_dashboard
def test_each_alert_says_what_to_do_first(dashboard: Json) -> None:
    """In words that fit into one line at 1,280 pixels; the runbook has the rest."""
    (mapping,) = columns(dashboard["panels"][1])["first do this"]["mappings"]
    said = {alert: shown["text"] for alert, shown in mapping["options"].items()}
    assert said.keys() == {alert["alert"] for alert in alerts()}
    assert max(map(len, said.values())) <= LONGEST


@each_dashboard
def test_each_alert_leads_to_its_runbook(dashboard: Json) -> None:
    """The link is made of the alert's name, in the case of which GitHub is not particular."""
    assert links_of(dashboard["panels"][1]) == {f"{RUNBOOKS}${{__value.raw}}"}
    expected = {alert["annotations"]["runbook_url"] for alert in alerts()}
    assert {f"{RUNBOOKS}{alert['alert']}".lower() for alert in alerts()} == {url.lower() for url in expected}


@each_dashboard
def test_details_are_collapsed_at_the_end(dashboard: Json) -> None:
    """What is seldom needed is closed, and below what is needed daily."""
    rows = [panel["collapsed"] for panel in dashboard["panels"] if panel["type"] == "row"]
    assert any(rows)
    assert rows == sorted(rows)


@each_dashboard
def test_nothing_is_shown_twice(dashboard: Json) -> None:
    """No two panels of a dashboard ask the same, but for the lines that others are compared with."""
    asked = Counter(
        (target["expr"], panel["type"]) for panel in panels(dashboard) for target in panel["targets"]
    )
    assert [query for query, times in asked.items() if times > 1 and "threshold" not in query[0]] == []
