"""What a model's scores mean: the probability of each class, by the curves that a bundle keeps."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from bundle import Calibration, ClassCalibration

Numbers = NDArray[np.float64]


def calibrated(scores: Numbers, curve: Calibration) -> Numbers:
    """The share of positive rows at each score, shape (rows,); beyond its ends the curve is level."""
    return np.interp(scores, curve.x, curve.y)


def calibrated_classes(scores: Numbers, curves: Sequence[ClassCalibration]) -> Numbers:
    """The probability of each class alone, shape (rows, classes); a row's need not be 1 together."""
    predicted = scores.argmax(axis=1)
    return np.column_stack(
        [
            np.where(predicted == place, calibrated(own, curve.predicted), calibrated(own, curve.others))
            for place, (own, curve) in enumerate(zip(scores.T, curves, strict=True))
        ]
    )
