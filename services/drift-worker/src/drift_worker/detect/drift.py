"""Reference and current in, findings and a report out."""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd
from contract.schema import Schema

from drift_worker.detect.evidently.errors import EvidentlyResultError
from drift_worker.detect.evidently.frames import columns_of, comparable, data_definition
from drift_worker.detect.evidently.measure import Drift, Incomparable, measure
from drift_worker.detect.evidently.report import About, DriftReport, build_report
from drift_worker.detect.quality import quality_findings
from drift_worker.record.evaluation import Finding, FindingKind


@dataclass(frozen=True, slots=True)
class Detection:
    """What was found, and the report that shows it; without rows there is neither."""

    findings: list[Finding]
    report: DriftReport | None


def detect(
    reference: pd.DataFrame,
    current: pd.DataFrame,
    schema: Schema,
    *,
    about: About,
    drift_share_threshold: float,
    score_column: str | None = "score",
    thresholds: Mapping[str, float] | None = None,
) -> Detection:
    """Compare each feature, and the model's output where `score_column` names it, with the reference.

    Frames hold a row per prediction; columns that the schema does not name are ignored. `thresholds` gives
    a column another threshold than its method's default. Raises FrameError and EvidentlyResultError.
    """
    kinds = columns_of(schema, score_column)
    reference, current = comparable(reference, current, kinds)
    if reference.empty or current.empty:
        return Detection([], None)
    definition = data_definition(kinds)
    measured = {
        column: measure(
            reference[column],
            current[column],
            definition.get_column_type(column),
            (thresholds or {}).get(column),
        )
        for column in kinds
    }
    findings = [
        finding_of(column, "prediction_drift" if column == score_column else "feature_drift", result)
        for column, result in measured.items()
    ]
    findings += quality_findings(reference, current, kinds)
    return Detection(findings, build_report(measured, findings, about, definition, drift_share_threshold))


def finding_of(column: str, kind: FindingKind, result: Drift | Incomparable) -> Finding:
    """A column's result as a finding; raises EvidentlyResultError where a figure is missing."""
    if isinstance(result, Incomparable):
        return Finding(
            kind=kind,
            column=column,
            method="not comparable",
            score=None,
            threshold=None,
            drifted=result.changed,
            detail=result.reason,
        )
    if result.drift_score is None or result.stattest_threshold is None:
        raise EvidentlyResultError(f"Evidently's result for {column!r} has no score or no threshold")
    return Finding(
        kind=kind,
        column=column,
        method=result.stattest_name,
        score=float(result.drift_score),
        threshold=float(result.stattest_threshold),
        drifted=bool(result.drift_detected),
    )
