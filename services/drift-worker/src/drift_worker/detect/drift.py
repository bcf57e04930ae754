"""Reference and current data in, findings out, and the report that shows them."""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd
from contract.schema import Kind, Schema

from drift_worker.detect.evidently.errors import EvidentlyResultError
from drift_worker.detect.evidently.frames import columns_of, comparable
from drift_worker.detect.evidently.measure import Drift, Incomparable, measure_columns
from drift_worker.detect.evidently.report import About, DriftReport, build_report
from drift_worker.detect.quality import quality_findings
from drift_worker.findings import Finding, FindingKind


@dataclass(frozen=True, slots=True)
class Detection:
    """What was found; without rows on either side nothing is found, and there is no report."""

    findings: list[Finding]
    kinds: Mapping[str, Kind]
    measured: Mapping[str, Drift | Incomparable]

    def report(self, about: About, drift_share_threshold: float) -> DriftReport | None:
        """The report of what was found; the threshold is the drift share that the report calls drift."""
        if not self.measured:
            return None
        return build_report(self.measured, self.findings, about, self.kinds, drift_share_threshold)


def detect(
    reference: pd.DataFrame, current: pd.DataFrame, schema: Schema, *, score_column: str | None = "score"
) -> Detection:
    """Compare each feature, and the model's output where `score_column` names it, with the reference.

    Frames hold a row per prediction; columns that the schema does not name are ignored.
    Raises FrameError and EvidentlyResultError.
    """
    kinds = columns_of(schema, score_column)
    reference, current = comparable(reference, current, kinds)
    if reference.empty or current.empty:
        return Detection([], kinds, {})
    measured = measure_columns(reference, current, kinds)
    findings = [
        finding_of(column, "prediction_drift" if column == score_column else "feature_drift", result)
        for column, result in measured.items()
    ]
    return Detection([*findings, *quality_findings(reference, current, kinds)], kinds, measured)


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
