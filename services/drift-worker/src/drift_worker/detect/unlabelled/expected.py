"""The figures that labels of some rows would show on average, if each class came with its probability.

Confidence-based performance estimation, as NannyML calls it: expected counts take the place of counted rows.
Where every probability is 0 or 1 the figures are those of labels.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from drift_worker.estimates import EstimatedFigure, EstimatedMetric

Numbers = NDArray[np.float64]

DIGITS = 6
"""The decimals that are kept of an estimated figure."""

ONE_ROW = 1.0
"""A class of which less is expected, in labels and predictions together, has no F1, as in labels."""


def expected_of_two(
    scores: Numbers, positive: Numbers, threshold: float, weights: Numbers | None = None
) -> list[EstimatedFigure]:
    """Expect AUC, accuracy, and F1 at the threshold of rows of two classes.

    `positive` holds the probability that a row is positive; all arrays have the shape (rows,). A figure that
    the rows don't set, such as the AUC of a single row, is left out. Each has the standard error of what
    labels would show; of the AUC that of DeLong, expected over the labels.
    """
    weights = np.ones(len(scores)) if weights is None else weights
    predicted = scores >= threshold
    figures = (
        _auc(scores, positive, weights),
        _accuracy(np.where(predicted, positive, 1 - positive), weights),
        _f1(predicted, positive, weights),
    )
    return [figure for figure in figures if figure is not None]


def expected_of_classes(
    predicted: NDArray[np.int64], probabilities: Numbers, weights: Numbers | None = None
) -> list[EstimatedFigure]:
    """Expect accuracy and macro-F1 of rows of several classes.

    `predicted`, shape (rows,), are the places of the predicted classes; `probabilities` say how probable each
    class is, shape (rows, classes). Classes of less than one row are left out of macro-F1. Where a row's
    probabilities are more than 1 together, they are scaled for the standard error.
    """
    weights = np.ones(len(predicted)) if weights is None else weights
    right = probabilities[np.arange(len(predicted)), predicted]
    figures = (_accuracy(right, weights), _macro_f1(predicted, probabilities, weights))
    return [figure for figure in figures if figure is not None]


def _auc(scores: Numbers, positive: Numbers, weights: Numbers) -> EstimatedFigure | None:
    """The share of expected pairs of a positive and a negative row that the scores order; ties count half.

    A row makes no pair with itself.
    """
    place = np.unique(scores, return_inverse=True)[1]
    above, below = weights * positive, weights * (1 - positive)
    own, pairs = float((above * below).sum()), float(above.sum() * below.sum())
    if pairs - own <= 0.0:
        return None
    positives, negatives = (np.bincount(place, each) for each in (above, below))
    beaten = (np.cumsum(negatives) - negatives / 2)[place]
    beating = (above.sum() - np.cumsum(positives) + positives / 2)[place]
    auc = (float((above * beaten).sum()) - own / 2) / (pairs - own)
    moved = (beaten / below.sum() - auc) / above.sum(), (beating / above.sum() - auc) / below.sum()
    return _figure("auc", auc, weights, ((positive, moved[0]), (1 - positive, moved[1])))


def _accuracy(right: Numbers, weights: Numbers) -> EstimatedFigure | None:
    total = float(weights.sum())
    if total <= 0.0:
        return None
    accuracy = float((weights * right).sum()) / total
    return _figure(
        "accuracy", accuracy, weights, ((right, (1 - accuracy) / total), (1 - right, -accuracy / total))
    )


def _f1(predicted: NDArray[np.bool_], positive: Numbers, weights: Numbers) -> EstimatedFigure | None:
    """Twice the right positives, by all that are predicted or are positive."""
    total = float((weights * (predicted + positive)).sum())
    if total <= 0.0:
        return None
    f1 = 2 * float((weights * predicted * positive).sum()) / total
    moved = (2 * predicted - f1 * (predicted + 1)) / total, -f1 * predicted / total
    return _figure("f1", f1, weights, ((positive, moved[0]), (1 - positive, moved[1])))


def _macro_f1(
    predicted: NDArray[np.int64], probabilities: Numbers, weights: Numbers
) -> EstimatedFigure | None:
    """The mean of the classes' F1."""
    chosen = np.eye(probabilities.shape[1])[predicted]
    totals = weights @ (chosen + probabilities)
    there = totals >= ONE_ROW
    if not there.any():
        return None
    f1 = 2 * (weights @ (chosen * probabilities))[there] / totals[there]
    chosen = chosen[:, there]
    as_predicted = -(chosen * f1 / totals[there]).sum(axis=1)
    moved = (as_predicted[:, None] + (2 * chosen - f1) / totals[there]) / len(f1)
    elsewhere = as_predicted / len(f1)
    shares = (probabilities / np.maximum(probabilities.sum(axis=1, keepdims=True), 1.0))[:, there]
    by_class: Iterator[tuple[Any, Any]] = zip(shares.T, moved.T, strict=True)
    return _figure("macro_f1", float(f1.mean()), weights, (*by_class, (1 - shares.sum(axis=1), elsewhere)))


def _figure(
    metric: EstimatedMetric, value: float, weights: Numbers, outcomes: tuple[tuple[Any, Any], ...]
) -> EstimatedFigure:
    """The figure with its standard error.

    `outcomes` are each row's possible labels: how probable each is, and by how much it moves the figure.
    """
    variance = sum(float((weights**2 * share * moved**2).sum()) for share, moved in outcomes)
    error = round(float(np.sqrt(max(variance, 0.0))), DIGITS)
    return EstimatedFigure(metric=metric, value=round(value, DIGITS), standard_error=error)
