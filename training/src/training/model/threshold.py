"""The probability from which a binary model predicts the positive class."""

from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import precision_recall_curve, roc_curve

from contract.task import Task
from training.errors import TrainingError
from training.model.target import Truth

DEFAULT: Final = 0.5

DIGITS: Final = 6
"""The decimals that are kept of a threshold."""

Rule = Literal["f1", "youden"]
"""The threshold of the largest F1, or of the largest sum of sensitivity and specificity (Youden, 1950)."""


def threshold_of(
    asked: float | Rule, truth: Truth | None, scores: NDArray[np.float64], task: Task
) -> float | None:
    """Return the threshold that is asked for; None for tasks that have none.

    Raises TrainingError where it makes no sense for the task, or where the rule lacks labels.
    """
    if task != "binary":
        if asked != DEFAULT:
            raise TrainingError(f"--threshold is for two classes, but the task is {task}; leave it out")
        return None
    if not isinstance(asked, str):
        return asked
    if truth is None:
        raise TrainingError(f"--threshold {asked} needs labels, and the data have none; give a number")
    return threshold_by(asked, truth, scores)


def threshold_by(rule: Rule, positive: NDArray[np.bool_], scores: NDArray[np.float64]) -> float:
    """Return the best threshold of a rule, of several equal ones the lowest; scores have shape (rows,).

    Raises TrainingError where a class has no rows.
    """
    if positive.all() or not positive.any():
        raise TrainingError(f"--threshold {rule} needs rows of both classes; give a number instead")
    if rule == "youden":
        false_rate, true_rate, limits = roc_curve(positive, scores, drop_intermediate=False)
        worth = (true_rate - false_rate)[1:]
        limits = limits[1:]
    else:
        precision, recall, limits = precision_recall_curve(positive, scores)
        total = (precision + recall)[:-1]
        worth = np.divide(2 * precision[:-1] * recall[:-1], total, out=np.zeros_like(total), where=total > 0)
    best = limits[worth >= worth.max() - 1e-12].min()
    return float(np.floor(best * 10**DIGITS) / 10**DIGITS)
