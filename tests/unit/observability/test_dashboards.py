"""The dashboards show only what is declared, and every panel explains itself."""

import re
from collections import Counter

import promql_parser
import pytest
import yaml
from grafana_foundation_sdk.cog.plugins import register_default_plugins
from grafana_foundation_sdk.models.dashboard import Dashboard, Panel, RowPanel
from grafana_foundation_sdk.models.prometheus import Dataquery

from tests.support.observability.dashboards import (
    EVERYTHING,
    Json,
    Query,
    annotation_queries,
    dashboards,
    links_of,
    panel_queries,
    panels,
    values_of,
    variable_queries,
)
from tests.support.observability.metric_table import declared_series
from tests.support.observability.promql import grouped_by, problems, selectors
from tests.support.paths import ROOT

UIDS = {
    "service.json": "driftline-service",
    "model.json": "driftline-model",
    "pipeline.json": "driftline-pipeline",
    "quality.json": "driftline-quality",
}
PROVISIONING = ROOT / "grafana" / "provisioning"
ALL = [(name, panel) for name, dashboard in dashboards().items() for panel in panels(dashboard)]
GRID = 24
LEFT_OUT = re.compile(r"> 0\)?$")
"""How a query leaves out series that are 0."""

ALERTS = {"ALERTS", "ALERTS_FOR_STATE"}
"""What Prometheus says of alerts, whatever they are about."""

REPEATED = {"Distribution of probabilities or values"}
"""Panels that cannot show two series beside each other; their row is repeated for each version."""

each_dashboard = pytest.mark.parametrize("dashboard", dashboards().values(), ids=dashboards())
each_panel = pytest.mark.parametrize(
    "panel", [panel for _, panel in ALL], ids=[f"{n}-{p['id']}" for n, p in ALL]
)


@pytest.mark.parametrize("query", [*panel_queries(), *annotation_queries(), *variable_queries()], ids=str)
def test_query_names_only_what_is_declared(query: Query) -> None:
    """Each metric, label and fixed value that a panel, annotation or variable names is in the table."""
    assert problems(query.expr) == []


@each_panel
def test_panel_explains_itself(panel: Json) -> None:
    """A panel has a title, a description, a unit, and words for when there is no data."""
    defaults = panel["fieldConfig"]["defaults"]
    assert panel["title"]
    assert panel["description"].endswith(".")
    assert defaults["unit"]
    assert len(defaults["noValue"].split()) > 1
    assert panel["targets"]


@each_panel
def test_panel_asks_the_chosen_data_source(panel: Json) -> None:
    """Panels and targets use $datasource, and refer to nothing by a fixed uid."""
    chosen = {"type": "prometheus", "uid": "${datasource}"}
    assert panel["datasource"] == chosen
    assert all(target["datasource"] == chosen for target in panel["targets"])


@each_panel
def test_rates_follow_the_scrape_interval(panel: Json) -> None:
    """A range in a panel is Grafana's, so that it holds at every zoom and scrape interval."""
    for target in panel["targets"]:
        ranges = re.findall(r"\[([^\]]+)\]", re.sub(r'"[^"]*"', "", target["expr"]))
        assert set(ranges) <= {"$__rate_interval", "$__range"}


@each_panel
def test_legend_names_labels_that_exist(panel: Json) -> None:
    """A legend's {{label}} is a label of what the target asks for."""
    for target in panel["targets"]:
        labels = {
            label for name, labels in declared_series().items() if name in target["expr"] for label in labels
        }
        assert set(re.findall(r"{{(\w+)}}", target["legendFormat"])) <= labels


@each_panel
def test_a_value_that_is_left_out_is_not_shown_from_before(panel: Json) -> None:
    """A query that leaves out zeros is asked for now alone: its last value would else be an old one."""
    for target in panel["targets"] if panel["type"] in ("bargauge", "stat", "table", "gauge") else []:
        if LEFT_OUT.search(target["expr"]):
            assert target["instant"], target["expr"]


@each_dashboard
def test_panels_fill_the_grid_without_overlap(dashboard: Json) -> None:
    """No two panels cover the same place, none sticks out, and ids are unique; so inside a collapsed row."""
    for row in (each for each in dashboard["panels"] if each["type"] == "row" and each["collapsed"]):
        _fits([panel["gridPos"] for panel in row["panels"]])
    _fits([panel["gridPos"] for panel in dashboard["panels"]])
    ids = [panel["id"] for panel in (*panels(dashboard), *dashboard["panels"]) if panel["type"] != "row"]
    ids = [*{*ids}, *(panel["id"] for panel in dashboard["panels"] if panel["type"] == "row")]
    assert len(ids) == len(set(ids))


def _fits(boxes: list[dict[str, int]]) -> None:
    cells = Counter(
        (x, y)
        for box in boxes
        for x in range(box["x"], box["x"] + box["w"])
        for y in range(box["y"], box["y"] + box["h"])
    )
    assert max(cells.values()) == 1
    assert all(box["x"] + box["w"] <= GRID for box in boxes)


def test_uids_are_fixed() -> None:
    """A dashboard's address never changes."""
    assert {name: dashboard["uid"] for name, dashboard in dashboards().items()} == UIDS


@each_dashboard
def test_variables_are_there_and_used(dashboard: Json) -> None:
    """Data source, model and version can be chosen, job and process too where predict's are shown."""
    names = {variable["name"] for variable in dashboard["templating"]["list"]}
    assert {"datasource", "model", "model_version", "reports_url"} <= names
    assert ({"job", "instance"} <= names) == (dashboard["uid"] != UIDS["quality.json"])
    text = str([dashboard["panels"], dashboard["links"]])
    for name in names:
        assert re.search(rf"\$(?:{name}\b|{{{name}}})", text), f"${name} is never used"


@each_dashboard
def test_variables_take_their_values_from_declared_labels(dashboard: Json) -> None:
    """A variable lists a label of a declared metric, and "All" matches everything; one model is chosen."""
    for variable in dashboard["templating"]["list"]:
        if variable["type"] == "query":
            _, label = values_of(variable)
            assert label == variable["name"]
            assert variable["multi"] == variable["includeAll"] == (label != "model")
            assert variable.get("allValue") == (EVERYTHING[label] if variable["includeAll"] else None)


@each_dashboard
def test_versions_that_are_served_are_marked(dashboard: Json) -> None:
    """Of a series as Grafana writes it the variable has the version, and the words that people see."""
    (variable,) = (each for each in dashboard["templating"]["list"] if each["name"] == "model_version")
    pattern = variable["regex"].strip("/").replace("(?<", "(?P<")
    series = '{model="churn",model_version="3f2a9c1b7d20",text="3f2a9c1b7d20 (served)"} 1 1700000000000'
    found = re.search(pattern, series)
    assert found
    assert found.groupdict() == {"value": "3f2a9c1b7d20", "text": "3f2a9c1b7d20 (served)"}


@pytest.mark.parametrize("query", [*panel_queries(), *annotation_queries()], ids=str)
def test_versions_are_told_apart(query: Query) -> None:
    """What is about a model is asked of the chosen versions, and no sum or maximum is over two of them."""
    expr = promql_parser.parse(query.expr)
    names = {name for selector in selectors(expr) for name in selector.names}
    if not any("model_version" in declared_series()[name] for name in names - ALERTS):
        return
    for selector in selectors(expr):
        if "model_version" in declared_series()[selector.names[0]] and "ALERTS" not in selector.names[0]:
            matched = {label for label, _ in selector.matchers}
            assert {"model", "model_version"} <= matched or selector.names[0].endswith("build_info")
    if query.title not in REPEATED:
        for labels, over in grouped_by(expr):
            versioned = any(
                "model_version" in declared_series()[name] for each in over for name in each.names
            )
            assert {"model", "model_version"} <= labels or not versioned


def test_what_cannot_be_told_apart_is_repeated() -> None:
    """A panel that shows one version alone stands in a row that is repeated for each."""
    rows = [panel for panel in dashboards()["model.json"]["panels"] if panel["type"] == "row"]
    holding = [row for row in rows for panel in row["panels"] if panel["title"] in REPEATED]
    assert len(holding) == len(REPEATED)
    assert all(row["repeat"] == "model_version" and "$model_version" in row["title"] for row in holding)


@each_dashboard
def test_reports_are_one_click_away(dashboard: Json) -> None:
    """Each dashboard links to the latest report and to the list of all."""
    links = {link["title"]: link["url"] for link in dashboard["links"] if link["type"] == "link"}
    assert links == {
        "Latest report": "${reports_url}/reports/latest/",
        "All reports": "${reports_url}/",
    }


def test_figures_of_an_evaluation_lead_to_its_report() -> None:
    """What shows an evaluation's scores links to the report they come from."""
    for panel in panels(dashboards()["model.json"]):
        if re.search(r"drift_(share|prediction_score|feature_(score|size|broken))", str(panel["targets"])):
            assert links_of(panel) == {"${reports_url}/reports/latest/"}


def test_figures_of_labels_lead_to_their_report() -> None:
    """What shows the figures of a quality evaluation links to its report."""
    shown = [
        each for each in panels(dashboards()["quality.json"]) if "quality_figure" in str(each["targets"])
    ]
    assert len(shown) > 2
    assert all(links_of(panel) == {"${reports_url}/reports/latest-quality/"} for panel in shown)


@each_dashboard
def test_grafanas_own_models_read_it(dashboard: Json) -> None:
    """grafana-foundation-sdk reads every panel and query, and loses none of what is asked."""
    register_default_plugins()
    read = Dashboard.from_json(dashboard)
    assert read.uid == dashboard["uid"]
    assert read.panels is not None
    assert len(read.panels) == len(dashboard["panels"])
    for model, panel in zip(read.panels, dashboard["panels"], strict=True):
        assert isinstance(model, RowPanel if panel["type"] == "row" else Panel)
        assert model.title == panel["title"]
        if isinstance(model, Panel):
            assert model.targets is not None
            queries = [target for target in model.targets if isinstance(target, Dataquery)]
            assert [query.expr for query in queries] == [target["expr"] for target in panel["targets"]]


def test_provisioned_data_source_is_the_default_of_the_dashboards() -> None:
    """The data source has the uid that $datasource starts with, and dots lead to the traces' own."""
    sources = {
        source["uid"]: source
        for file in sorted((PROVISIONING / "datasources").glob("*.yml"))
        for source in yaml.safe_load(file.read_text())["datasources"]
    }
    prometheus = sources["driftline-prometheus"]
    destination = prometheus["jsonData"]["exemplarTraceIdDestinations"][0]
    assert sources[destination["datasourceUid"]]["type"] == "jaeger"
    assert destination["name"] == "trace_id"
    for dashboard in dashboards().values():
        variables = {variable["name"]: variable for variable in dashboard["templating"]["list"]}
        assert variables["datasource"]["current"]["value"] == prometheus["uid"]


def test_scrape_interval_is_the_data_sources() -> None:
    """$__rate_interval is right only where Grafana knows how often Prometheus scrapes."""
    scrape = yaml.safe_load((ROOT / "prometheus" / "prometheus.yml").read_text())["global"]["scrape_interval"]
    source = yaml.safe_load((PROVISIONING / "datasources" / "prometheus.yml").read_text())["datasources"][0]
    assert source["jsonData"]["timeInterval"] == scrape
