"""How good a model's scores are: AUC with its error, and what a score means."""

from typing import Final

import numpy as np
from baseline.auc import auc_of
from bundle import Calibration, Scores, Validation
from numpy.typing import NDArray
from sklearn.isotonic import IsotonicRegression

DIGITS: Final = 6
"""The decimals that are kept of a figure of quality."""

LEAST_ROWS: Final = 2
"""Rows of the rarer class below which an AUC has no standard error."""


def validation_of(
    positive: NDArray[np.bool_], scores: NDArray[np.float64], made: Scores
) -> Validation | None:
    """Measure the AUC of scores, shape (rows,), with DeLong's standard error.

    Returns None where a class has fewer than two rows.
    """
    if min(positive.sum(), (~positive).sum()) < LEAST_ROWS:
        return None
    found = auc_of(positive, scores)
    return Validation(
        metric="auc",
        value=round(found.auc, DIGITS),
        standard_error=round(found.standard_error, DIGITS),
        method="reference" if made == "training" else made,
        rows=len(scores),
    )


def calibration_of(positive: NDArray[np.bool_], scores: NDArray[np.float64]) -> Calibration:
    """Fit the rising curve that gives the share of positive rows by score (isotonic regression)."""
    fitted = IsotonicRegression(y_min=0.0, y_max=1.0).fit(scores, positive.astype(np.float64))
    knots = zip(fitted.X_thresholds_.tolist(), fitted.y_thresholds_.tolist(), strict=True)
    rounded = dict.fromkeys((round(x, DIGITS), round(y, DIGITS)) for x, y in knots)
    return Calibration(x=tuple(x for x, _ in rounded), y=tuple(y for _, y in rounded))
