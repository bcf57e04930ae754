"""What a model's scores mean: the probability of each class, by the curves that a bundle keeps."""

from collections.abc import Sequence

import numpy as np
from bundle import Calibration
from numpy.typing import NDArray

Numbers = NDArray[np.float64]


def calibrated(scores: Numbers, curve: Calibration) -> Numbers:
    """The share of positive rows at each score, shape (rows,); beyond its ends the curve is level."""
    return np.interp(scores, curve.x, curve.y)


def calibrated_classes(scores: Numbers, curves: Sequence[Calibration]) -> Numbers:
    """The probabilities of the classes, shape (rows, classes), each by its own curve, together 1.

    A row to which no curve gives any class keeps its scores.
    """
    shares = np.column_stack([calibrated(scores[:, k], curve) for k, curve in enumerate(curves)])
    shares = np.where(shares.sum(axis=1, keepdims=True) > 0.0, shares, scores)
    probabilities: Numbers = shares / shares.sum(axis=1, keepdims=True)
    return probabilities
