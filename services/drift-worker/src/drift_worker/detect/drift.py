"""Reference and current data in, findings out, and the report that shows them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

import pandas as pd

from baseline.counts import Counts, count_column
from baseline.document import Baseline
from baseline.rounding import as_in_reference
from contract.schema import Schema
from contract.task import OUTPUTS, Kind
from drift_worker.detect.assessment import Window, assess, certain_breaks, count_window, unjudged
from drift_worker.detect.evidently.frames import columns_of, comparable
from drift_worker.detect.evidently.measure import Drift, Fixed, Incomparable, measure_columns
from drift_worker.detect.evidently.report import About, DriftReport, build_report
from drift_worker.detect.levels import USUAL_BUDGET
from drift_worker.detect.looked_up.counts import count_look_ups
from drift_worker.detect.looked_up.findings import with_look_ups
from drift_worker.detect.pools.cells import WindowCells, window_cells
from drift_worker.detect.pools.lasting import Earlier, lasting_drift
from drift_worker.detect.season.against import Against
from drift_worker.detect.season.mix import Season
from drift_worker.detect.size import Limits, evidently_score
from drift_worker.detect.thresholds import finding_of, quality_findings, score_of
from drift_worker.detect.unlabelled.estimator import Estimator
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
    season: Season | None = None
    """The hours and weekdays of the reference; None where its times are not known."""
    estimator: Estimator | None = None
    """What the model's scores mean, to estimate its quality; None where there is no model."""

    def against(self, baseline: Baseline, current: pd.DataFrame) -> Against:
        """What the current rows are compared with: the whole reference, or in a season their mix of it."""
        if self.season is None or current.empty:
            kept = {
                name: len(self.frame) - round(each.present + each.missing)
                for name, each in baseline.columns.items()
            }
            return Against(self.frame, baseline, current, first_rows=kept)
        return self.season.against(current)


@dataclass(frozen=True, slots=True)
class Detection:
    """What was found; without rows on either side nothing is found, and there is no report."""

    findings: list[Finding]
    kinds: Mapping[str, Kind]
    measured: Measured
    before: pd.DataFrame = field(repr=False, compare=False)
    """The rows that the window was compared with."""
    now: pd.DataFrame = field(repr=False, compare=False)
    first_rows: Mapping[str, int] = field(default_factory=dict)
    """The first row that counts, of columns whose earlier rows are no longer part of the reference."""
    cells: WindowCells | None = field(default=None, repr=False, compare=False)
    """What the window adds to the pools of later ones; None where there is nothing to add."""
    notes: Sequence[str] = ()
    """What has to be said besides the findings, as sentences."""

    def counts(self, column: str) -> tuple[Counts, Counts]:
        """The values of a column in the reference and in the window, counted when they are asked for."""
        before = self.before[column].iloc[self.first_rows.get(column, 0) :]
        return count_column(before, self.kinds[column]), count_column(self.now[column], self.kinds[column])

    def report(self, about: About, drift_share_threshold: float) -> DriftReport | None:
        """The report of what was found; the threshold is the drift share that the report calls drift."""
        if not self.measured:
            return None
        return build_report(self.measured, self.findings, about, self.kinds, drift_share_threshold)


def detect(
    reference: Reference, current: pd.DataFrame, alert_budget: float, earlier: Earlier | None = None
) -> Detection:
    """Compare each feature, and the model's output if there is one, with the reference.

    The frame holds a row per prediction; columns that the schema does not name are ignored, but for what a
    window says of look-ups. `alert_budget` is the number of false actions that are accepted in 2,160 windows;
    `earlier` are the windows before, for small changes that last. Raises FrameError and EvidentlyResultError.
    """
    found = _detect(reference, current, alert_budget, earlier)
    counted = count_look_ups(current, reference.schema)
    return replace(found, findings=with_look_ups(found.findings, counted, reference.schema))


def _detect(
    reference: Reference, current: pd.DataFrame, alert_budget: float, earlier: Earlier | None
) -> Detection:
    kinds = columns_of(reference.schema, reference.outputs)
    if reference.baseline is None:
        return _detect_by_thresholds(reference, current, kinds)
    against = reference.against(reference.baseline, current)
    before, now = comparable(against.frame, against.current, kinds)
    if before.empty or now.empty:
        return Detection([], kinds, {}, before, now, notes=against.notes)
    now = as_in_reference(now, reference.baseline.columns)
    limits = Limits.of(against.baseline, reference.schema, alert_budget, against.dispersion)
    measured = measure_columns(before, now, kinds, _fixed(against.baseline, limits))
    window = count_window(now, against.baseline)
    scores = _scores(against.baseline, measured, before, window)
    findings, cells = find(reference, Compared(against, window, limits), scores, earlier)
    findings = [_with_caveat(each, reference.caveat) for each in findings]
    return Detection(findings, kinds, measured, before, now, against.first_rows, cells, against.notes)


@dataclass(frozen=True, slots=True)
class Compared:
    """A window beside what it is compared with, and the limits by which it is judged."""

    against: Against
    window: Window
    limits: Limits


def find(
    reference: Reference,
    compared: Compared,
    scores: Mapping[str, float | None],
    earlier: Earlier | None = None,
) -> tuple[list[Finding], WindowCells]:
    """Find what moved, what is broken, and what lasts, and what the window adds to the pools of later ones.

    `scores` are as for `assess`. Raises ValueError without a baseline.
    """
    whole, against = reference.baseline, compared.against
    if whole is None:
        raise ValueError("windows of a bundle of format 1 are judged by thresholds")
    cells = _cells(reference, whole, against, compared.window)
    if not against.judged:
        return [*unjudged(whole, against.told), *_at_any_hour(reference.season, whole, compared)], cells
    found = assess(against.baseline, compared.window, scores, compared.limits, whole)
    if earlier is not None:
        found += lasting_drift(whole, earlier, cells, compared.limits.levels, reference.season)
    return found, cells


def _at_any_hour(season: Season | None, whole: Baseline, compared: Compared) -> list[Finding]:
    """What is broken in a window of unknown hours; an hour that the reference has none of is new in it."""
    return [
        each
        for each in certain_breaks(whole, compared.window, compared.limits)
        if each.method == "missing" or season is None or not season.follows_clock(each.column)
    ]


def count_cells(reference: Reference, current: pd.DataFrame) -> WindowCells | None:
    """Count what a window adds to the pools of later ones; None without rows, or without a baseline.

    Raises FrameError.
    """
    if reference.baseline is None or reference.frame.empty or current.empty:
        return None
    kinds = columns_of(reference.schema, reference.outputs)
    against = reference.against(reference.baseline, current)
    _, now = comparable(against.frame, against.current, kinds)
    window = count_window(as_in_reference(now, reference.baseline.columns), against.baseline)
    return _cells(reference, reference.baseline, against, window)


def _cells(reference: Reference, whole: Baseline, against: Against, window: Window) -> WindowCells:
    """What a window adds to pools: nothing of what cannot be compared, and nothing where nothing can."""
    if not against.judged:
        return WindowCells(len(window.frame), {})
    budget = reference.schema.alert_budget or USUAL_BUDGET
    limits = Limits.of(against.baseline, reference.schema, budget, against.dispersion)
    found = window_cells(against.baseline, window, whole, limits, against.buckets)
    compared = {name: cells for name, cells in found.columns.items() if name not in against.not_compared}
    return replace(found, columns=compared)


def _detect_by_thresholds(
    reference: Reference, current: pd.DataFrame, kinds: Mapping[str, Kind]
) -> Detection:
    before, now = comparable(reference.frame, current, kinds)
    if before.empty or now.empty:
        return Detection([], kinds, {}, before, now)
    measured = measure_columns(before, now, kinds)
    findings = [*_by_thresholds(measured, reference.outputs), *quality_findings(before, now, kinds)]
    return Detection(
        [_with_caveat(each, reference.caveat) for each in findings], kinds, measured, before, now
    )


def _by_thresholds(measured: Measured, outputs: Collection[str]) -> list[Finding]:
    return [
        finding_of(column, "prediction_drift" if column in outputs else "feature_drift", result)
        for column, result in measured.items()
    ]


def _scores(
    baseline: Baseline, measured: Measured, before: pd.DataFrame, window: Window
) -> dict[str, float | None]:
    scores: dict[str, float | None] = {}
    for name, column in baseline.columns.items():
        result = measured[name]
        if isinstance(result, Incomparable):  # by Evidently, which cannot take values beyond a limit
            counted = count_column(before[name], column.kind)
            scores[name] = evidently_score(column.method, counted, window.counts[name])
        else:
            scores[name] = score_of(name, result)
    return scores


def _fixed(baseline: Baseline, limits: Limits) -> dict[str, Fixed]:
    return {
        name: Fixed(column.method, limits.threshold(name, column))
        for name, column in baseline.columns.items()
    }


def _with_caveat(finding: Finding, caveat: str | None) -> Finding:
    if caveat is None or finding.kind != "prediction_drift":
        return finding
    return finding.model_copy(update={"detail": f"{finding.detail}; {caveat}" if finding.detail else caveat})
