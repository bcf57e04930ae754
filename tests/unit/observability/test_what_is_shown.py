"""The dashboards are in the order of use, and show nothing that is old, empty or there twice."""

import re
from collections import Counter

import promql_parser
import pytest

from tests.support.observability.dashboards import (
    EVERYTHING,
    Json,
    columns,
    dashboards,
    links_of,
    panels,
    substituted,
)
from tests.support.observability.metric_table import declared, label_values
from tests.support.observability.promql import asked_as_they_are
from tests.support.observability.rules import alerts

GREY = "#7b8087"
"""The colour of a figure that there is no data for."""

COUNTED = {
    name
    for metric in declared().values()
    if metric.kind in ("counter", "histogram")
    for name in metric.series
}
FIRST = ["Is each service up?", "What fires"]
RUNBOOKS = "https://github.com/driftline/driftline/blob/main/docs/runbooks.md#"

BURN_LINES = [None, 1, 6, 14.4]
"""From where on a rate at which a budget burns matters: the base, and a step for each pair of time ranges."""

each_dashboard = pytest.mark.parametrize("dashboard", dashboards().values(), ids=dashboards())
each_panel = pytest.mark.parametrize(
    "panel",
    [panel for dashboard in dashboards().values() for panel in panels(dashboard)],
    ids=[f"{name}-{panel['id']}" for name, dashboard in dashboards().items() for panel in panels(dashboard)],
)


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
    assert up["gridPos"]["y"] == fires["gridPos"]["y"] == 0
    assert set(columns(fires)) >= {"severity", "since", "model", "version"}


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


@each_panel
def test_what_is_counted_is_a_rate_or_an_increase(panel: Json) -> None:
    """What a counter has reached since some process began says nothing."""
    for target in panel["targets"]:
        expr = promql_parser.parse(substituted(target["expr"], EVERYTHING))
        assert not asked_as_they_are(expr) & COUNTED


@each_panel
def test_figures_of_now_are_not_from_before(panel: Json) -> None:
    """A figure is asked for now alone, so that it goes when its series does; without data it is grey."""
    if panel["type"] not in ("stat", "table", "bargauge", "gauge"):
        return
    assert all(target["instant"] and not target["range"] for target in panel["targets"])
    if panel["type"] == "stat":
        assert panel["fieldConfig"]["defaults"]["thresholds"]["steps"][0] == {"color": GREY, "value": None}
        assert panel["options"]["graphMode"] == "none"


@each_panel
def test_columns_have_fixed_widths(panel: Json) -> None:
    """A table looks the same whatever is in it: one column at most takes what is left."""
    if panel["type"] == "table":
        organize = next(each["options"] for each in panel["transformations"] if each["id"] == "organize")
        shown = [name for name in organize["indexByName"] if not organize["excludeByName"].get(name)]
        names = [organize["renameByName"].get(name, name) for name in shown]
        fixed = [name for name in names if "custom.width" in columns(panel).get(name, {})]
        shared = 1 if panel["title"] != "Are the objectives met?" else len(names) - 1
        assert len(names) - len(fixed) <= shared, set(names) - set(fixed)


@each_panel
def test_processes_have_names(panel: Json) -> None:
    """What is shown by process is named by service, process id and host, and not by a random id."""
    assert "{{instance}}" not in str(panel["targets"])
    for target in panel["targets"]:
        if re.search(r"by \(job, instance\b", target["expr"]):
            assert "group_left (host_name, process_pid)" in target["expr"]


def test_the_features_stand_in_one_table() -> None:
    """It begins with whether they drifted, those that did come first, and each has one row."""
    found = [
        panel
        for dashboard in dashboards().values()
        for panel in panels(dashboard)
        if panel["type"] == "table" and "drift_feature_" in str(panel["targets"])
    ]
    (features,) = found
    assert features["options"]["sortBy"][0] == {"displayName": "drifted", "desc": True}
    organize = next(each["options"] for each in features["transformations"] if each["id"] == "organize")
    assert organize["indexByName"]["Value #A"] == 0
    assert organize["renameByName"]["Value #A"] == "drifted"
    for target in features["targets"]:
        assert re.match(r"(max|topk) by \(model, model_version, feature\) \(", target["expr"])


def test_changes_of_the_decision_are_marked_on_the_model_dashboard_alone() -> None:
    """A mark is where a decision stands that did not stand before; the same one again is none."""
    marks = {
        name: [mark for mark in dashboard["annotations"]["list"] if "expr" in mark]
        for name, dashboard in dashboards().items()
    }
    assert [name for name, each in marks.items() if each] == ["model.json"]
    shown = marks["model.json"]
    assert len({mark["iconColor"] for mark in shown}) == len(shown) == 3
    for mark in shown:
        now, before = mark["expr"].removesuffix(" * 1000").strip("()").split(" unless (")
        assert before.replace(" offset $__interval", "").strip("()") == now.strip("()")
        assert mark["titleFormat"] == "{{action}}"
        assert mark["useValueForTime"]


def test_each_decision_has_a_colour_of_its_own() -> None:
    """Where decisions are shown by name, each is told apart by its colour."""
    actions = label_values()["drift_decisions_total", "action"]
    shown = [
        colours
        for panel in panels(dashboards()["model.json"])
        if (colours := _colours(panel)).keys() & actions
    ]
    assert len(shown) == 2
    for colours in shown:
        assert colours.keys() == actions
        assert len(set(colours.values())) == len(actions)


def _colours(panel: Json) -> dict[str, str]:
    """The colour of each text that a panel or one of its columns shows for a value."""
    defaults = panel["fieldConfig"]["defaults"]["mappings"]
    mappings = [*defaults, *(each for one in columns(panel).values() for each in one.get("mappings", []))]
    return {
        shown["text"]: shown["color"]
        for mapping in mappings
        if mapping["type"] == "value"
        for shown in mapping["options"].values()
    }


@pytest.mark.parametrize("name", ["service.json", "model.json"])
def test_errors_of_the_service_are_at_the_bottom_in_red(name: str) -> None:
    """They are the first of the stack, and each status has a shade of its own."""
    (panel,) = (each for each in panels(dashboards()[name]) if "per second by status" in each["title"])
    first, rest = (target["expr"] for target in panel["targets"])
    assert 'status=~"5.."' in first
    assert 'status!~"5.."' in rest
    assert panel["fieldConfig"]["defaults"]["custom"]["stacking"]["mode"] == "normal"
    shades = {
        status: properties["color"]["fixedColor"]
        for status, properties in columns(panel).items()
        if status.isdigit()
    }
    assert len(set(shades.values())) == len(shades)
    assert {status for status, shade in shades.items() if "red" in shade} == {"500", "502", "503", "504"}


def test_burn_rates_are_shown_with_the_lines_of_their_alerts() -> None:
    """Of both objectives, over the four time ranges, and only where there are enough requests to tell."""
    shown = [
        panel
        for panel in panels(dashboards()["service.json"])
        if panel["title"].startswith("How fast the budget")
    ]
    assert len(shown) == 2
    for panel in shown:
        assert [target["legendFormat"] for target in panel["targets"]] == ["5 min", "1 h", "30 min", "6 h"]
        steps = panel["fieldConfig"]["defaults"]["thresholds"]["steps"]
        assert [step["value"] for step in steps] == BURN_LINES
        assert panel["fieldConfig"]["defaults"]["custom"]["thresholdsStyle"]["mode"] == "dashed"
        assert all("service:traffic:minimum_requests" in target["expr"] for target in panel["targets"])
