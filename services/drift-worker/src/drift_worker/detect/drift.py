"""Reference and current data in, findings out, and the report that shows them."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

import pandas as pd
from baseline.counts import Counts, count_column
from baseline.document import Baseline
from contract.schema import Schema
from contract.task import OUTPUTS, Kind

from drift_worker.detect.assessment import Limits, assess, count_window
from drift_worker.detect.evidently.frames import columns_of, comparable
from drift_worker.detect.evidently.measure import Drift, Fixed, Incomparable, measure_columns
from drift_worker.detect.evidently.report import About, DriftReport, build_report
from drift_worker.detect.size import evidently_score
from drift_worker.detect.thresholds import finding_of, quality_findings, score_of
from drift_worker.findings import Finding

Measured = Mapping[str, Drift | Incomparable]


@dataclass(frozen=True, slots=True)
class Reference:
    """What windows are compared with: rows, what the columns are, and what a bundle keeps of them.

    The frame holds a row per reference row, with the model's output in `outputs`, if there is one. Without a
    baseline (a bundle of format 1) columns are judged by Evidently's thresholds alone.
    """

    frame: pd.DataFrame
    schema: Schema
    baseline: Baseline | None
    outputs: Mapping[str, Kind] = field(default_factory=lambda: OUTPUTS["binary"])
    importance: Mapping[str, float] = field(default_factory=dict)
    """What each feature is worth to the model; empty where nobody measured it."""
    caveat: str | None = None
    """What a finding about the model's output has to say besides, such as how the reference was scored."""


@dataclass(frozen=True, slots=True)
class Detection:
    """What was found; without rows on either side nothing is found, and there is no report."""

    findings: list[Finding]
    kinds: Mapping[str, Kind]
    measured: Measured
    before: pd.DataFrame = field(repr=False, compare=False)
    """The rows that the window was compared with."""
    now: pd.DataFrame = field(repr=False, compare=False)
    baseline: Baseline | None = field(default=None, repr=False, compare=False)

    def counts(self, column: str) -> tuple[Counts, Counts]:
        """The values of a column in the reference and in the window, counted when they are asked for."""
        before, kept = self.before[column], self.baseline and self.baseline.columns[column]
        if kept:  # earlier rows may be no part of this column's reference any more
            before = before.iloc[len(before) - kept.present - kept.missing :]
        return count_column(before, self.kinds[column]), count_column(self.now[column], self.kinds[column])

    def report(self, about: About, drift_share_threshold: float) -> DriftReport | None:
        """The report of what was found; the threshold is the drift share that the report calls drift."""
        if not self.measured:
            return None
        return build_report(self.measured, self.findings, about, self.kinds, drift_share_threshold)


def detect(reference: Reference, current: pd.DataFrame, alert_budget: float) -> Detection:
    """Compare each feature, and the model's output if there is one, with the reference.

    The frame holds a row per prediction; columns that the schema does not name are ignored. `alert_budget`
    is the number of false actions that are accepted in 2,160 windows. Raises FrameError and
    EvidentlyResultError.
    """
    kinds = columns_of(reference.schema, reference.outputs)
    before, now = comparable(reference.frame, current, kinds)
    if before.empty or now.empty:
        return Detection([], kinds, {}, before, now)
    if reference.baseline is None:
        measured: Measured = measure_columns(before, now, kinds)
        findings = [*_by_thresholds(measured, reference.outputs), *quality_findings(before, now, kinds)]
    else:
        limits = Limits.of(reference.baseline, reference.schema, alert_budget)
        measured = measure_columns(before, now, kinds, _fixed(reference.baseline, limits))
        findings = _by_baseline(reference.baseline, measured, before, now, limits)
    findings = [_with_caveat(each, reference.caveat) for each in findings]
    return Detection(findings, kinds, measured, before, now, reference.baseline)


def _by_thresholds(measured: Measured, outputs: Collection[str]) -> list[Finding]:
    return [
        finding_of(column, "prediction_drift" if column in outputs else "feature_drift", result)
        for column, result in measured.items()
    ]


def _by_baseline(
    baseline: Baseline, measured: Measured, before: pd.DataFrame, now: pd.DataFrame, limits: Limits
) -> list[Finding]:
    window = count_window(now, baseline)
    scores: dict[str, float | None] = {}
    for name, column in baseline.columns.items():
        result = measured[name]
        if isinstance(result, Incomparable):  # by Evidently, which cannot take values beyond a limit
            counted = count_column(before[name], column.kind)
            scores[name] = evidently_score(column.method, counted, window.counts[name])
        else:
            scores[name] = score_of(name, result)
    return assess(baseline, window, scores, limits)


def _fixed(baseline: Baseline, limits: Limits) -> dict[str, Fixed]:
    return {
        name: Fixed(column.method, limits.threshold(name, column))
        for name, column in baseline.columns.items()
    }


def _with_caveat(finding: Finding, caveat: str | None) -> Finding:
    if caveat is None or finding.kind != "prediction_drift":
        return finding
    return finding.model_copy(update={"detail": f"{finding.detail}; {caveat}" if finding.detail else caveat})
