"""The tables of a report, rendered by Evidently's own renderers from results that are already there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evidently import DataDefinition
from evidently.legacy.metrics import DataDriftTable, DatasetDriftMetric
from evidently.legacy.metrics.data_drift.data_drift_table import (
    DataDriftTableResults,
)
from evidently.legacy.metrics.data_drift.dataset_drift_metric import (
    DatasetDriftMetricResults,
)
from evidently.legacy.model.widget import BaseWidgetInfo
from evidently.legacy.options.base import Options
from evidently.legacy.renderers.base_renderer import DEFAULT_RENDERERS
from evidently.legacy.renderers.html_widgets import table_data
from evidently.legacy.suite.base_suite import find_metric_renderer

from drift_worker.detect.evidently.measure import Drift, dataset_columns
from drift_worker.findings import Finding, drifted_features


@dataclass(frozen=True, slots=True)
class _Calculated:
    """A metric with its result, as far as Evidently's renderers ask for it."""

    result: Any

    def get_result(self) -> Any:
        return self.result

    def get_options(self) -> Options:
        return Options()


def drift_summary(features: Sequence[Finding], drift_share_threshold: float) -> list[BaseWidgetInfo]:
    """The preset's counters: columns, drifted columns, their share, and whether that is drift."""
    drifted = len(drifted_features(features))
    result = DatasetDriftMetricResults(
        drift_share=drift_share_threshold,
        number_of_columns=len(features),
        number_of_drifted_columns=drifted,
        share_of_drifted_columns=drifted / len(features),
        dataset_drift=drifted / len(features) >= drift_share_threshold,
    )
    return _render(DatasetDriftMetric, result)


def drift_table(title: str, drifts: Mapping[str, Drift], definition: DataDefinition) -> list[BaseWidgetInfo]:
    """The preset's table: a row per column with distributions, method and score, figures behind each."""
    drifted = sum(bool(drift.drift_detected) for drift in drifts.values())
    result = DataDriftTableResults(
        number_of_columns=len(drifts),
        number_of_drifted_columns=drifted,
        share_of_drifted_columns=drifted / max(len(drifts), 1),
        dataset_drift=False,
        drift_by_columns=drifts,
        dataset_columns=dataset_columns({column: definition.get_column_type(column) for column in drifts}),
    )
    header, table = _render(DataDriftTable, result)
    table.title = title
    return [header, table]


def findings_table(findings: Sequence[Finding]) -> list[BaseWidgetInfo]:
    """A table of what there is to tell, what is broken first; none where there is nothing."""
    told = sorted((each for each in findings if each.detail), key=lambda each: each.kind.endswith("_drift"))
    rows = [(each.column, each.method, "yes" if each.drifted else "no", each.detail) for each in told]
    if not rows:
        return []
    names = ["Column", "Finding", "Changed", "Detail"]
    return [table_data(title="What was found", column_names=names, data=rows)]


def _render(metric: type, result: Any) -> list[BaseWidgetInfo]:
    widgets: list[BaseWidgetInfo] = find_metric_renderer(metric, DEFAULT_RENDERERS).render_html(
        _Calculated(result)
    )
    return widgets
