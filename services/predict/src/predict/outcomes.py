"""What of a score the metrics tell: which outcome it is, and the number that its histogram counts."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, cast

from bundle import Metadata
from contract.task import Score, class_text, most_probable

MOST_CLASSES: Final = 20
"""Label values for classes; a model of more has the last of them for all others."""

OTHER_CLASS: Final = "other"


@dataclass(frozen=True, slots=True)
class Outcomes:
    """The outcomes of a model by name, and how a score is told: the place of its outcome, and a number."""

    names: Sequence[str]
    of: Callable[[Score], tuple[int, float]]
    values: Sequence[float] | None = None
    """Upper bounds of the histogram of predicted values; None where the numbers are probabilities."""


def outcomes_of(metadata: Metadata) -> Outcomes:
    """Return what the metrics tell of a model's scores."""
    if metadata.task == "regression":
        return Outcomes(("value",), lambda score: (0, cast("float", score)), metadata.value_bounds)
    if metadata.task == "binary":
        threshold = cast("float", metadata.threshold)
        return binary_outcomes(threshold)
    names = [class_text(value) for value in metadata.classes]
    if len(names) > MOST_CLASSES:
        names[MOST_CLASSES - 1 :] = [OTHER_CLASS]
    last = len(names) - 1

    def of(score: Score) -> tuple[int, float]:
        probabilities = cast("tuple[float, ...]", score)
        best = most_probable(probabilities)
        return min(best, last), probabilities[best]

    return Outcomes(names, of)


def binary_outcomes(threshold: float) -> Outcomes:
    """Return the outcomes negative and positive, and the probability of the latter."""

    def of(score: Score) -> tuple[int, float]:
        probability = cast("float", score)
        return int(probability >= threshold), probability

    return Outcomes(("negative", "positive"), of)
