"""The findings of one window by the baseline: what moved, what is broken, and which relations changed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from baseline.counts import Counts, Frame, count_column
from baseline.document import Baseline
from drift_worker.detect import sentences
from drift_worker.detect.breaks import Break, find_breaks
from drift_worker.detect.chance import differences_of, smallest
from drift_worker.detect.relation import RelationChange, Swap, changed_relations, swapped_columns
from drift_worker.detect.size import METHOD_NAMES, Limits, farthest, size_of
from drift_worker.findings import Finding, FindingKind


@dataclass(frozen=True, slots=True)
class Window:
    """The rows of a window, and the counts of each of its columns."""

    frame: Frame
    counts: Mapping[str, Counts]


def count_window(frame: Frame, baseline: Baseline) -> Window:
    """Count the columns of the baseline in a frame that has one row per prediction.

    Raises KeyError for a column that is not there, and ValueError for values of another kind.
    """
    return Window(frame, {name: count_column(frame[name], kind) for name, kind in baseline.kinds.items()})


def assess(
    baseline: Baseline,
    window: Window,
    scores: Mapping[str, float | None],
    limits: Limits,
    whole: Baseline | None = None,
) -> list[Finding]:
    """Find what moved, one finding for each column of the baseline, then what is broken.

    `scores` gives Evidently's score of each column by the baseline's method, None where it has none; in a
    season, `baseline` is that of the window's mix, and `whole` that of all the reference. Broken columns come
    with the largest change first, then swapped ones, then the relations that changed. Raises KeyError for a
    score that is not there.
    """
    shifts = [_shift(baseline, name, window.counts[name], scores[name], limits) for name in baseline.columns]
    moved = {each.column: each.p_value for each in shifts if each.drifted and each.p_value is not None}
    swapped = swapped_columns(baseline, window.counts, moved, limits.levels)
    changed = changed_relations(
        baseline.relations,
        window.frame,
        baseline.kinds,
        window.counts,
        limits.levels,
        dispersion=limits.dispersion.of_relation,
    )
    return [
        *shifts,
        *broken_columns(baseline, window, limits, whole),
        *(_swap(each) for each in swapped),
        *(_relation(each) for each in sorted(changed, key=lambda each: each.p_value)),
    ]


def _shift(baseline: Baseline, name: str, counted: Counts, score: float | None, limits: Limits) -> Finding:
    reference = baseline.columns[name]
    size = None if score is None else size_of(score, reference)
    differences = differences_of(reference, counted)
    p_value = smallest(differences, limits.dispersion.of_shift(name)) if differences else None
    certain = p_value is not None and p_value <= limits.levels.action
    far = farthest(size, differences)
    strong = far >= limits.strong_from(name) and certain
    large = strong or (size is not None and size >= limits.drifted_from(name))
    by_ranks = far if strong and (size is None or size < limits.strong_from(name)) else None
    return Finding(
        kind=_kind(baseline, name),
        column=name,
        method=METHOD_NAMES[reference.method],
        score=score,
        threshold=limits.threshold(name, reference),
        size=size,
        p_value=p_value,
        drifted=large and p_value is not None and p_value <= limits.levels.drifted,
        beyond_chance=large and certain,
        strong=strong,
        detail=sentences.of_shift(name, score, size, p_value, by_ranks),
    )


def broken_columns(
    baseline: Baseline, window: Window, limits: Limits, whole: Baseline | None = None
) -> list[Finding]:
    """Find what is broken in single columns, the largest change first."""
    found = [
        _break(name, what)
        for name, column in baseline.columns.items()
        for what in find_breaks(
            column,
            window.counts[name],
            limits.levels.action,
            (whole or baseline).columns[name],
            limits.dispersion.of_missing(name),
        )
        if what.kind != "constant" or not limits.dispersion.often_constant(name)
    ]
    return sorted(found, key=_change, reverse=True)


def certain_breaks(
    baseline: Baseline, window: Window, limits: Limits, whole: Baseline | None = None
) -> list[Finding]:
    """Find what is broken at any hour: values beyond or unlike all of the reference's, or none at all.

    A share of missing values, and one value only, may be what is usual at the hours of the window.
    """
    return [
        each
        for each in broken_columns(baseline, window, limits, whole)
        if each.method in ("out of range", "never seen") or (each.method == "missing" and each.now == 1.0)
    ]


def unjudged(baseline: Baseline, why: str) -> list[Finding]:
    """A finding for each column, which says why nothing can be said of it."""
    return [
        Finding(
            kind=_kind(baseline, name),
            column=name,
            method=METHOD_NAMES[column.method],
            score=None,
            threshold=None,
            drifted=False,
            beyond_chance=False,
            detail=f"{name}: {why}",
        )
        for name, column in baseline.columns.items()
    ]


def _kind(baseline: Baseline, name: str) -> FindingKind:
    return "prediction_drift" if name in baseline.outputs else "feature_drift"


def _break(column: str, what: Break) -> Finding:
    return _certain(
        kind="data_quality",
        column=column,
        method=what.kind,
        score=what.now,
        p_value=what.p_value,
        before=what.before,
        now=what.now,
        detail=sentences.of_break(column, what),
    )


def _swap(swap: Swap) -> Finding:
    one, other = swap.columns
    return _certain(
        kind="relation",
        column=one,
        other=other,
        method="swapped",
        score=None,
        p_value=swap.p_value,
        detail=sentences.of_swap(one, other),
    )


def _relation(change: RelationChange) -> Finding:
    one, other = change.columns
    return _certain(
        kind="relation",
        column=one,
        other=other,
        method="relation changed",
        score=change.now,
        p_value=change.p_value,
        before=change.before,
        now=change.now,
        detail=sentences.of_relation(change),
    )


def _certain(**found: Any) -> Finding:
    """What no threshold of a score decides: it was only found because it is beyond chance."""
    return Finding(threshold=None, drifted=True, beyond_chance=True, **found)


def _change(finding: Finding) -> float:
    return abs((finding.now or 0.0) - (finding.before or 0.0))
