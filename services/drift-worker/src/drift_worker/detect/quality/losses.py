"""What each row costs: the losses of probabilities and of predicted values."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from drift_worker.detect.quality.estimate import Estimate, Floats, error_of, mean_of, ratio_of

LEAST_PROBABILITY: Final = 1e-15
"""A probability below this counts as this one: the logarithm of 0 is infinite."""

Estimates = dict[str, Estimate | None]
"""Figures by the names of their metrics; None where one can't be estimated."""


def log_loss_of(of_truth: Floats, weights: Floats) -> Estimate | None:
    """The mean of minus the logarithm of the probability that was given to what became true."""
    return mean_of(-np.log(np.clip(of_truth, LEAST_PROBABILITY, 1.0)), weights)


def regression_figures(truth: Floats, predicted: Floats, weights: Floats) -> Estimates:
    """Mean absolute error, root of the mean squared error, mean error, and R²; shapes are (rows,)."""
    error = predicted - truth
    spread = np.square(truth - np.average(truth, weights=weights)) if len(truth) else truth
    unexplained = ratio_of(np.square(error), spread, weights)
    return {
        "mae": mean_of(np.abs(error), weights),
        "rmse": _root(mean_of(np.square(error), weights)),
        "bias": mean_of(error, weights),
        "r2": unexplained and Estimate(1.0 - unexplained.value, unexplained.standard_error),
    }


def multiclass_figures(
    truth: NDArray[np.intp],
    predicted: NDArray[np.intp],
    weights: Floats,
    classes: int,
    of_truth: Floats | None = None,
) -> Estimates:
    """Accuracy, macro-F1, and log-loss where `of_truth` gives the probabilities of the true classes.

    `truth` and `predicted` are places of classes. Macro-F1 is the mean over the classes that occur in either.
    """
    right = truth == predicted
    return {
        "accuracy": mean_of(right, weights),
        "macro_f1": _macro_f1(truth, predicted, weights, classes),
        "log_loss": None if of_truth is None else log_loss_of(of_truth, weights),
    }


def _macro_f1(
    truth: NDArray[np.intp], predicted: NDArray[np.intp], weights: Floats, classes: int
) -> Estimate | None:
    values, influence = [], np.zeros(len(truth))
    for each in range(classes):
        is_one, named = truth == each, predicted == each
        above, below = 2.0 * (is_one & named), is_one.astype(float) + named
        total = float(weights @ below)
        if total > 0 and (f1 := ratio_of(above, below, weights)) is not None:
            values.append(f1.value)
            influence += (above - f1.value * below) / total
    if not values:
        return None
    return Estimate(float(np.mean(values)), error_of(influence / len(values), weights))


def _root(square: Estimate | None) -> Estimate | None:
    if square is None:
        return None
    root, error = float(np.sqrt(square.value)), square.standard_error
    return Estimate(root, 0.0 if not root else error and error / (2.0 * root))
