"""Evidently's report of one comparison: the preset's values and tables, each column computed once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from evidently.core.metric_types import (
    Metric,
    MetricResult,
    get_default_render,
)
from evidently.core.report import Snapshot
from evidently.core.serialization import ReportModel, SnapshotModel
from evidently.metrics import DriftedColumnsCount, ValueDrift

from contract.task import Kind
from drift_worker.detect.evidently.frames import data_definition
from drift_worker.detect.evidently.html import OwnPart, html_page, titled
from drift_worker.detect.evidently.json_text import to_json
from drift_worker.detect.evidently.measure import Drift, Incomparable
from drift_worker.detect.evidently.widgets import drift_summary, drift_table, findings_table
from drift_worker.findings import Finding, drifted_features


@dataclass(frozen=True, slots=True)
class About:
    """What a report says of itself: a name, the time of the newest row, and anything worth knowing."""

    name: str
    timestamp: datetime
    metadata: Mapping[str, str]
    facts: Sequence[tuple[str, str]] = ()
    """What stands at the top of its page: label and text."""
    links: Sequence[tuple[str, str]] = ()
    """Where its page leads: text, and an address relative to the page's."""


@dataclass(frozen=True, slots=True)
class DriftReport:
    """A report to save: as a page, as its values, and as a run of an Evidently workspace."""

    snapshot: SnapshotModel
    own: OwnPart | None = None
    """What the page shows before Evidently's tables; without it, it has a title alone."""

    def html(self) -> str:
        """The report as one self-contained page of about 4.4 MB."""
        return html_page(self.own or titled(self.snapshot.name), self.snapshot.widgets)

    def json(self) -> str:
        """The metrics' configurations and values, as Evidently's own JSON export gives them."""
        return cast("str", Snapshot.load_model(self.snapshot).json())

    def run_json(self) -> str:
        """The file that an Evidently workspace holds of a run."""
        return to_json(self.snapshot.dict())


def build_report(
    measured: Mapping[str, Drift | Incomparable],
    findings: Sequence[Finding],
    about: About,
    kinds: Mapping[str, Kind],
    drift_share_threshold: float,
) -> DriftReport:
    """Put the measured columns into the form of a run of Evidently's DataDriftPreset over the features."""
    definition = data_definition(kinds)
    drifts = _judged(measured, findings)
    features = [finding for finding in findings if finding.kind == "feature_drift"]
    outputs = [finding.column for finding in findings if finding.kind == "prediction_drift"]
    of_features = {f.column: drifts[f.column] for f in features if f.column in drifts}
    of_output = {column: drifts[column] for column in outputs if column in drifts}
    results = [
        _drifted_count(features, drift_share_threshold),
        *(_value_drift(drift) for drift in (of_features | of_output).values()),
    ]
    widgets = [
        *drift_summary(features, drift_share_threshold),
        *drift_table(_title(features), of_features, definition),
        *(drift_table("The model's own output", of_output, definition)[1:] if of_output else []),
        *findings_table(findings),
    ]
    return DriftReport(
        SnapshotModel(
            report=ReportModel(items=[]),
            name=about.name,
            timestamp=about.timestamp,
            metadata=dict(about.metadata),
            tags=[],
            metric_results=dict(results),
            top_level_metrics=[metric_id for metric_id, _ in results],
            widgets=widgets,
            tests_widgets=[],
        )
    )


def _judged(measured: Mapping[str, Drift | Incomparable], findings: Sequence[Finding]) -> dict[str, Drift]:
    """Evidently's results, each with the verdict of its finding, which may know more than the threshold."""
    drifted = {each.column: each.drifted for each in findings if each.kind.endswith("_drift")}
    return {
        column: drift.copy(update={"drift_detected": drifted[column]})
        for column, drift in measured.items()
        if not isinstance(drift, Incomparable)
    }


def _title(features: Sequence[Finding]) -> str:
    drifted = len(drifted_features(features))
    percent = round(drifted / len(features) * 100, 3)
    return f"Drift is detected for {percent}% of columns ({drifted} out of {len(features)})."


def _drifted_count(features: Sequence[Finding], drift_share_threshold: float) -> tuple[str, MetricResult]:
    metric = DriftedColumnsCount(
        columns=[finding.column for finding in features], drift_share=drift_share_threshold
    )
    drifted = len(drifted_features(features))
    calculation = metric.to_calculation()
    return _complete(metric, calculation, calculation.result(drifted, drifted / len(features)))


def _value_drift(drift: Drift) -> tuple[str, MetricResult]:
    metric = ValueDrift(column=drift.column_name)
    calculation = metric.to_calculation()
    calculation.resolve_parameter("method", drift.stattest_name)
    calculation.resolve_parameter("threshold", drift.stattest_threshold)
    return _complete(metric, calculation, calculation.result(drift.drift_score))


def _complete(metric: Metric, calculation: Any, result: MetricResult) -> tuple[str, MetricResult]:
    result.set_metric_location(calculation.to_metric_config())
    result.widget = get_default_render(calculation.display_name(), result)
    return metric.metric_id, result
