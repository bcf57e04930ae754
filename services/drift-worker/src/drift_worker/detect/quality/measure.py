"""The figures of labelled rows beside those of the reference, and by how much they are worse."""

from collections.abc import Mapping
from typing import Final

import numpy as np

from drift_worker.detect.quality.estimate import Estimate, Floats, difference_error, mean_of, wilson
from drift_worker.detect.quality.labelled import METRICS, Labelled
from drift_worker.estimates import QualityEstimate
from drift_worker.stretch import LabelShare, QualityFigure

SMALLER_IS_BETTER: Final = frozenset({"log_loss", "brier", "mae", "rmse"})
NEITHER_IS_BETTER: Final = frozenset({"positive_rate", "bias"})

LARGEST_Z: Final = 100.0
"""A difference of more standard errors than this is beyond all measure."""

_FROM_0_TO_1: Final = frozenset(
    {"auc", "brier", "precision", "recall", "f1", "positive_rate", "accuracy", "macro_f1"}
)
_SHARES: Final = frozenset({"accuracy", "precision", "recall", "positive_rate"})
_FROM_0: Final = frozenset({"log_loss", "mae", "rmse"})


def measure(
    now: Labelled, reference: Mapping[str, Estimate], unlabelled: QualityEstimate | None = None
) -> list[QualityFigure]:
    """Every figure of the task, in its order, beside that of the reference where there is one.

    `unlabelled` is what was estimated of the same rows without their labels.
    """
    found = now.figures()
    guesses: dict[str, float] = {each.metric: each.value for each in unlabelled.figures} if unlabelled else {}
    return [
        _figure(metric, found[metric], reference.get(metric), guesses.get(metric))
        for metric in METRICS[now.model.task]
    ]


def _figure(metric: str, now: Estimate | None, before: Estimate | None, guess: float | None) -> QualityFigure:
    low, high = _interval(metric, now)
    before_low, before_high = _interval(metric, before)
    return QualityFigure(
        metric=metric,
        value=now and now.value,
        low=low,
        high=high,
        reference=before and before.value,
        reference_low=before_low,
        reference_high=before_high,
        z=None if now is None or before is None else z_of(metric, now, before),
        estimate=guess,
        estimate_error=None if now is None or guess is None else guess - now.value,
    )


def z_of(metric: str, now: Estimate, before: Estimate) -> float | None:
    """By how many standard errors of the difference a figure is worse.

    None where none is better or worse, and where an error is not known.
    """
    if metric in NEITHER_IS_BETTER:
        return None
    worse = now.value - before.value if metric in SMALLER_IS_BETTER else before.value - now.value
    error = difference_error(now, before)
    if error is None:
        return None
    if error == 0.0:
        return float(np.sign(worse)) * LARGEST_Z
    return float(np.clip(worse / error, -LARGEST_Z, LARGEST_Z))


def _interval(metric: str, estimate: Estimate | None) -> tuple[float | None, float | None]:
    if estimate is None:
        return None, None
    if metric in _SHARES and estimate.parts:
        return wilson(estimate.value, estimate.parts[0].rows)
    low = 0.0 if metric in _FROM_0_TO_1 | _FROM_0 else -np.inf
    return estimate.interval(low, 1.0 if metric in _FROM_0_TO_1 or metric == "r2" else np.inf)


def label_shares(now: Labelled, reference: Labelled | None) -> list[LabelShare]:
    """What became true beside what was true of the reference: of two classes the positive one's share."""
    names = now.model.classes
    first = 1 if now.model.task == "binary" else 0
    if now.model.task == "regression":
        found = {"mean": (now.truth, None if reference is None else reference.truth)}
    else:
        found = {
            name: (now.truth == place, None if reference is None else reference.truth == place)
            for place, name in enumerate(names[first:], first)
        }
    shares = []
    for name, (of_now, of_before) in found.items():
        estimate = mean_of(of_now, now.every_weight)
        if estimate is not None:
            low, high = _interval("mean" if name == "mean" else "positive_rate", estimate)
            before = None if of_before is None or not len(of_before) else float(of_before.mean())
            shares.append(LabelShare(label=name, value=estimate.value, low=low, high=high, reference=before))
    return shares


def target_drift(now: Labelled, reference: Labelled | None) -> float | None:
    """How far the labels moved, as `compare` measures it; None where the reference has none.

    For classes it is the share of rows that would have to change theirs; for numbers, the difference of the
    means in standard deviations of the reference, None where these are 0.
    """
    if reference is None or not len(reference.truth) or not len(now.truth):
        return None
    weights = now.every_weight
    if now.model.task == "regression":
        deviation = float(reference.truth.std())
        moved = abs(float(np.average(now.truth, weights=weights)) - float(reference.truth.mean()))
        return moved / deviation if deviation else None
    return float(np.abs(_shares(now, weights) - _shares(reference, reference.every_weight)).sum() / 2)


def _shares(rows: Labelled, weights: Floats) -> Floats:
    counts = np.bincount(rows.truth, weights=weights, minlength=len(rows.model.classes)).astype(np.float64)
    shares: Floats = counts / counts.sum()
    return shares
