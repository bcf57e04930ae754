"""The figures of a model with two classes, and its calibration."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from drift_worker.detect.quality.estimate import Floats, mean_of, ratio_of, wilson
from drift_worker.detect.quality.losses import Estimates, log_loss_of
from drift_worker.detect.quality.ranking import auc_of


class Calibrated(NamedTuple):
    """The labelled rows of one decile of the score: what was expected of them, and what became true."""

    decile: int
    """From 1 on, the lowest scores first."""

    labels: int
    expected: float
    """The mean score, from 0 to 1."""

    observed: float
    """The share of positive rows, from 0 to 1."""

    low: float
    high: float
    """Between them the true share lies in 95 of 100 cases."""


def binary_figures(
    positive: NDArray[np.bool_], scores: Floats, weights: Floats, threshold: float
) -> Estimates:
    """Every figure of scores, shape (rows,), against labels: of ranking, of loss, and at the threshold.

    `positive_rate` is the share of rows that the model calls positive.
    """
    called = scores >= threshold
    hits = (called & positive).astype(float)
    return {
        "auc": auc_of(positive, scores, weights),
        "log_loss": log_loss_of(np.where(positive, scores, 1.0 - scores), weights),
        "brier": mean_of(np.square(scores - positive), weights),
        "accuracy": mean_of(called == positive, weights),
        "precision": ratio_of(hits, called.astype(float), weights),
        "recall": ratio_of(hits, positive.astype(float), weights),
        "f1": ratio_of(2.0 * hits, called.astype(float) + positive, weights),
        "positive_rate": mean_of(called, weights),
    }


def calibration(
    positive: NDArray[np.bool_], scores: Floats, weights: Floats, deciles: NDArray[np.intp]
) -> list[Calibrated]:
    """Expected and observed shares of positive rows in each decile that has two labels or more."""
    found = []
    for decile in np.unique(deciles):
        inside = deciles == decile
        labels = int(inside.sum())
        observed = mean_of(positive[inside], weights[inside])
        if observed is not None:
            expected = float(np.average(scores[inside], weights=weights[inside]))
            low, high = wilson(observed.value, observed.parts[0].rows)
            found.append(Calibrated(int(decile) + 1, labels, expected, observed.value, low, high))
    return found
