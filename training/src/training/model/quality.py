"""How good a model's scores are: the figures of each task with their errors, and what a score means."""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from sklearn.isotonic import IsotonicRegression
from sklearn.metrics import f1_score, r2_score, roc_auc_score

from baseline.auc import auc_of
from bundle import Calibration, ClassCalibration, Figure, Metric, Scores, Validation
from contract.task import Task
from training.model.target import Truth

DIGITS: Final = 6
"""The decimals that are kept of a figure of quality."""

LEAST_ROWS: Final = 2
"""Rows below which a figure has no standard error; of an AUC, rows of the rarer class."""

LEAST_PROBABILITY: Final = 1e-15
"""A probability below this counts as this one: the logarithm of 0 is infinite."""

CHANCE: Final = 0.5
"""The AUC of a model that guesses."""

Answers = NDArray[np.float64]


def validation_of(truth: Truth, scores: Answers, task: Task, made: Scores) -> Validation | None:
    """Measure scores, shape (rows,) or (rows, classes), against the labels.

    Gives the AUC of a binary model; macro-F1 and log-loss of several classes; mean absolute error and R² of a
    regression. Returns None where there are too few rows to measure.
    """
    if len(truth) < LEAST_ROWS or (task == "binary" and min(truth.sum(), (~truth).sum()) < LEAST_ROWS):
        return None
    first, *also = _figures(truth, scores, task)
    return Validation(
        metric=first.metric,
        value=first.value,
        standard_error=first.standard_error,
        method="reference" if made == "training" else made,
        rows=len(scores),
        also=tuple(also),
    )


def worth_of(truth: Truth, answers: NDArray[np.float64], task: Task) -> float:
    """Return what features are weighed by, larger is better: AUC, macro-F1, or minus the mean error.

    `answers`, shape (rows,), are scores, the places of the predicted classes, or predicted values.
    """
    if task == "binary":
        return float(roc_auc_score(truth, answers))
    if task == "multiclass":
        return float(f1_score(truth, answers, average="macro"))
    return -float(np.abs(truth - answers).mean())


def calibration_of(positive: NDArray[np.bool_], scores: Answers) -> Calibration:
    """Fit the rising curve that gives the share of positive rows by score (isotonic regression)."""
    fitted = IsotonicRegression(y_min=0.0, y_max=1.0).fit(scores, positive.astype(np.float64))
    knots = zip(fitted.X_thresholds_.tolist(), fitted.y_thresholds_.tolist(), strict=True)
    rounded = dict.fromkeys((round(x, DIGITS), round(y, DIGITS)) for x, y in knots)
    return Calibration(x=tuple(x for x, _ in rounded), y=tuple(y for _, y in rounded))


def class_calibrations_of(truth: Truth, scores: Answers) -> tuple[ClassCalibration, ...]:
    """Fit such curves for each class, by scores of the shape (rows, classes)."""
    predicted = scores.argmax(axis=1)
    return tuple(
        ClassCalibration(
            predicted=_calibration_among(predicted == place, truth == place, scores[:, place]),
            others=_calibration_among(predicted != place, truth == place, scores[:, place]),
        )
        for place in range(scores.shape[1])
    )


def _calibration_among(rows: NDArray[np.bool_], positive: NDArray[np.bool_], scores: Answers) -> Calibration:
    """Fit the curve by some of the rows; by all of them where these are none."""
    chosen = rows if rows.any() else np.ones_like(rows)
    return calibration_of(positive[chosen], scores[chosen])


def bounds_of(values: Answers) -> tuple[float, ...]:
    """Return the nine deciles of predicted values, and the largest: the bounds of a histogram."""
    deciles = np.quantile(values, np.linspace(0.1, 1.0, 10))
    spread = float(deciles[-1] - values.min())
    decimals = 3 - int(np.floor(np.log10(spread))) if spread > 0 else DIGITS
    return tuple(sorted({round(float(bound), decimals) for bound in deciles}))


def _figures(truth: Truth, scores: Answers, task: Task) -> list[Figure]:
    if task == "binary":
        found = auc_of(truth, scores)
        return [_figure("auc", found.auc, found.standard_error)]
    if task == "multiclass":
        own = np.clip(scores[np.arange(len(truth)), truth], LEAST_PROBABILITY, 1.0)
        named = scores.argmax(axis=1)
        f1 = _figure("macro_f1", f1_score(truth, named, average="macro"), None)
        return [f1, _mean("log_loss", -np.log(own)), _mean("accuracy", (named == truth).astype(float))]
    return [_mean("mae", np.abs(truth - scores)), _figure("r2", r2_score(truth, scores), None)]


def _mean(metric: Metric, values: Answers) -> Figure:
    return _figure(metric, values.mean(), values.std(ddof=1) / np.sqrt(len(values)))


def _figure(metric: Metric, value: float, error: float | None) -> Figure:
    rounded = None if error is None else round(float(error), DIGITS)
    return Figure(metric=metric, value=round(float(value), DIGITS), standard_error=rounded)
