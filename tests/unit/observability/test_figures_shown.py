"""Panels show nothing that is old or random, and tables look the same whatever is in them."""

import re

import promql_parser
import pytest

from tests.support.observability.dashboards import EVERYTHING, Json, columns, dashboards, panels, substituted
from tests.support.observability.metric_table import declared
from tests.support.observability.promql import asked_as_they_are

GREY = "#7b8087"
"""The colour of a figure that there is no data for."""

COLUMN, LETTER, BESIDE_TITLE = 52, 7, 70
"""Pixels of a column of the grid on a screen of 1,280, a title's letter, and the mark beside a title."""

VERSION = 110
"""Pixels of a version in a table."""

COUNTED = {
    name
    for metric in declared().values()
    if metric.kind in ("counter", "histogram")
    for name in metric.series
}

each_panel = pytest.mark.parametrize(
    "panel",
    [panel for dashboard in dashboards().values() for panel in panels(dashboard)],
    ids=[f"{name}-{panel['id']}" for name, dashboard in dashboards().items() for panel in panels(dashboard)],
)


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
def test_no_line_is_drawn_where_nothing_was_measured(panel: Json) -> None:
    """A graph has a gap where there is no value."""
    if panel["type"] in ("timeseries", "state-timeline"):
        assert not panel["fieldConfig"]["defaults"]["custom"].get("spanNulls")


@each_panel
def test_an_axis_says_what_it_counts(panel: Json) -> None:
    """By its unit, or where that is none by its label."""
    has_no_unit = panel["fieldConfig"]["defaults"].get("unit") in ("none", "short", "locale")
    if panel["type"] == "timeseries" and has_no_unit:
        assert columns(panel)["number"]["custom.axisLabel"]


@each_panel
def test_a_title_is_whole_on_a_small_screen(panel: Json) -> None:
    """At 1,280 pixels a title has room for all of its letters beside the mark of the description."""
    room = COLUMN * panel["gridPos"]["w"] - BESIDE_TITLE
    assert len(panel["title"]) * LETTER <= room


@each_panel
def test_a_figure_of_now_names_the_time_that_it_is_about(panel: Json) -> None:
    """A share over a fixed time says in its title which time that is."""
    if panel["type"] == "stat":
        for minutes in re.findall(r"ratio_rate(\d+)m", str(panel["targets"])):
            assert panel["title"].endswith(f", {minutes} min")


@each_panel
def test_requests_about_the_service_itself_are_not_counted(panel: Json) -> None:
    """Whoever calls Prometheus's own visits requests shows traffic where there is none."""
    if panel["title"].startswith("Requests per second"):
        for target in panel["targets"]:
            asked = target["expr"].count("api_requests_total{")
            assert target["expr"].count('route!~"/health|/metrics|(/.+)?/ready"') == asked > 0


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
def test_a_table_is_whole_on_a_small_screen(panel: Json) -> None:
    """At 1,280 pixels a version is not cut in the column that takes what the fixed ones leave."""
    if panel["type"] == "table":
        organize = next(each["options"] for each in panel["transformations"] if each["id"] == "organize")
        shown = [name for name in organize["indexByName"] if not organize["excludeByName"].get(name)]
        names = [organize["renameByName"].get(name, name) for name in shown]
        widths = [columns(panel).get(name, {}).get("custom.width", VERSION) for name in names]
        assert sum(widths) <= COLUMN * panel["gridPos"]["w"]


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
