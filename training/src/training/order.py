"""Whether the classes of an existing model were taken in the right order, as far as the labels can tell."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from contract.task import ClassValue, class_text
from training.errors import TrainingError
from training.measured import Labelled, Measured
from training.model.quality import CHANCE
from training.model.target import Truth

ERRORS: Final = 2.0
"""Standard errors by which a figure has to be worse than chance."""

CLEARLY: Final = 4.0
"""Standard errors by which another order of several classes has to be better."""


def refuse_wrong_order(data: Labelled, found: Measured) -> None:
    """Raise TrainingError where the model is right if its classes are exchanged, and wrong as they are.

    Of two classes that is an AUC below 0.5 by more than two standard errors. Of several it is an order in
    which clearly more rows are right, and more than if the most frequent class were always predicted.
    """
    if found.validation is None or data.truth is None:
        return
    if data.task == "binary":
        error = found.validation.standard_error or 0.0
        if found.validation.value + ERRORS * error < CHANCE:
            raise _refusal(f"AUC {found.validation.figure}", found.validation.rows, "expected at least 0.5")
    if data.task == "multiclass":
        _refuse_permuted(data.target.classes or (), data.truth, found.served[data.has_label].argmax(axis=1))


def _refuse_permuted(classes: Sequence[ClassValue], truth: Truth, answers: NDArray[np.intp]) -> None:
    counts = np.zeros((len(classes), len(classes)))
    np.add.at(counts, (answers, truth), 1)
    predicted, meant = linear_sum_assignment(counts, maximize=True)
    rows = counts.sum()
    own, best = np.trace(counts) / rows, counts[predicted, meant].sum() / rows
    guessed = counts.sum(axis=0).max() / rows
    error = float(np.sqrt(max(best * (1 - best), 1 / rows) / rows))
    if best - own > CLEARLY * error and best > guessed:
        exchanged = ", ".join(
            f"{class_text(classes[one])} as {class_text(classes[other])}"
            for one, other in zip(predicted, meant, strict=True)
            if one != other
        )
        raise _refusal(
            f"{own:.0%} of the rows are right", int(rows), f"{best:.0%} would be with {exchanged} instead"
        )


def _refusal(measured: str, rows: int, expected: str) -> TrainingError:
    return TrainingError(
        f"the model is worse than chance: {measured} on {rows} rows; {expected}: are label.positive and the "
        "order of the model's classes right? --force takes it as it is"
    )
