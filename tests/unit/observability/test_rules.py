"""Prometheus's rules name what is declared, lead to a runbook, and are all tested both ways."""

import re

import promql_parser
import pytest
import yaml

from predict.metrics import LATENCY_BUCKETS
from tests.support.observability.dashboards import dashboards, panels
from tests.support.observability.metric_table import bucket_boundaries, declared, declared_series
from tests.support.observability.promql import grouped_by, problems, selectors
from tests.support.observability.rules import Rule, alert_cases, alerts, recorded, rules
from tests.support.paths import ROOT

RUNBOOKS = ROOT / "docs" / "runbooks.md"
RUNBOOK_BASE = "https://github.com/driftline/driftline/blob/main/docs/runbooks.md#"
IN_REPORTS = ["Target drift", "By decile of the reference's output"]
"""What the runbooks name of the reports of quality."""

OBJECTIVES_FILE = ROOT / "prometheus" / "rules" / "objectives.yml"
OBJECTIVES = {"service:availability:objective", "service:latency:objective"}

each_alert = pytest.mark.parametrize(
    "alert", alerts(), ids=[f"{alert['alert']}-{alert['labels']['severity']}" for alert in alerts()]
)


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule.get("alert") or rule["record"])
def test_rule_names_only_what_is_declared(rule: Rule) -> None:
    """Each metric, label and fixed value of a rule is in the table of metrics."""
    assert problems(rule["expr"]) == []


def test_what_is_recorded_is_declared() -> None:
    """The table lists exactly what the rules record, and each is named level:metric:operations."""
    names = {rule["record"] for rule in recorded()}
    assert names == {metric.name for metric in declared().values() if metric.kind == "recorded"}
    assert all(re.fullmatch(r"\w+:\w+:\w+", name) for name in names)


@each_alert
def test_alert_says_what_happens_and_what_to_do(alert: Rule) -> None:
    """An alert has a severity, a summary, a description, and a paragraph in the runbooks."""
    assert re.fullmatch(r"Driftline[A-Z]\w+", alert["alert"])
    assert alert["labels"]["severity"] in {"critical", "warning", "info"}
    notes = alert["annotations"]
    assert set(notes) == {"summary", "description", "runbook_url"}
    assert notes["description"].endswith(".")
    assert notes["runbook_url"] == RUNBOOK_BASE + alert["alert"].lower()


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule.get("alert") or rule["record"])
def test_rule_tells_versions_apart(rule: Rule) -> None:
    """No sum or maximum of a rule is over two versions of a model."""
    expr = promql_parser.parse(rule["expr"])
    names = {name for selector in selectors(expr) for name in selector.names}
    if any("model_version" in declared_series()[name] for name in names):
        assert all({"model", "model_version"} <= labels for labels, _ in grouped_by(expr))


def test_every_alert_has_one_runbook() -> None:
    """The headings of the runbooks are the alerts, each with its text."""
    parts = re.split(r"^## (.+)$", RUNBOOKS.read_text(), flags=re.MULTILINE)[1:]
    paragraphs = dict(zip(parts[::2], parts[1::2], strict=True))
    assert set(paragraphs) == {alert["alert"] for alert in alerts()}
    assert all(len(text.split()) > 30 for text in paragraphs.values())


def test_runbooks_name_panels_that_exist() -> None:
    """What a runbook sends people to is on a dashboard, or in a report."""
    titles = [panel["title"] for dashboard in dashboards().values() for panel in panels(dashboard)]
    titles += [dashboard["title"].removeprefix("Driftline / ") for dashboard in dashboards().values()]
    named = re.findall(r"\*([A-Z][^*]+)\*", " ".join(RUNBOOKS.read_text().split()))
    assert [name for name in named if not any(title.startswith(name) for title in titles)] == IN_REPORTS


def test_every_alert_is_tested_firing_and_not_firing() -> None:
    """Each alert, in each severity, has a case in which it fires, and one in which it must not."""
    firing = {(name, fired["exp_labels"]["severity"]) for name, cases in alert_cases() for fired in cases}
    silent = {name for name, cases in alert_cases() if not cases}
    assert firing == {(alert["alert"], alert["labels"]["severity"]) for alert in alerts()}
    assert silent == {alert["alert"] for alert in alerts()}


def test_objectives_are_stated_once() -> None:
    """The figures of the objectives stand in the two rules that record them, and nowhere else."""
    text = "".join(file.read_text() for file in sorted((ROOT / "prometheus" / "rules").glob("*.yml")))
    stated = re.findall(r"vector\((0\.99\d*)\)", text)
    assert len(stated) == len(OBJECTIVES)
    assert re.findall(r"0?\.99\d*", text) == stated
    assert {
        rule["record"] for rule in recorded() if rule["expr"] in {f"vector({x})" for x in stated}
    } == OBJECTIVES


def test_latency_objective_is_a_bucket() -> None:
    """What counts as slow is the same in each rule, and a boundary of the histogram, declared and built."""
    limits = {float(le) for rule in recorded() for le in re.findall(r'le="([^"]+)"', rule["expr"])}
    limit = next(
        float(x) for x in re.findall(r"limit_seconds\n +expr: vector\((.+)\)", OBJECTIVES_FILE.read_text())
    )
    assert limits == {limit}
    assert limit in bucket_boundaries()["api_request_latency_seconds"]
    assert limit in LATENCY_BUCKETS


def test_predict_is_scraped_without_counting_twice() -> None:
    """The services' job and instance are honoured; predict itself is scraped under its own job."""
    config = yaml.safe_load((ROOT / "prometheus" / "prometheus.yml").read_text())
    jobs = {job["job_name"]: job for job in config["scrape_configs"]}
    assert set(jobs) == {"services", "otel-collector", "predict", "prometheus"}
    assert jobs["services"]["honor_labels"] is True
    assert jobs["predict"]["static_configs"] == [{"targets": ["predict:8000"]}]
