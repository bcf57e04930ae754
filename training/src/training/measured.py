"""The scores of a bundle's reference, and how good they are by its labels."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bundle import BundleError, Calibration, ClassCalibration, Scorer, Validation
from contract.schema import Schema
from contract.task import Task
from dataset import DataSet, Target
from training.model.made import Model
from training.model.quality import bounds_of, calibration_of, class_calibrations_of, validation_of
from training.model.reference import scores_by
from training.model.target import Truth, is_labelled, truth_of

UNSEEN: Final = ("out-of-fold", "held-out")
"""Scores of rows that the model had not seen: these alone say what a score means."""


@dataclass(frozen=True, slots=True)
class Labelled:
    """The data, the schema with what they set, and what is to be predicted."""

    content: DataSet
    schema: Schema
    target: Target

    @property
    def task(self) -> Task:
        """The task."""
        return self.target.task or "binary"

    @property
    def truth(self) -> Truth | None:
        """The label of each row that has one as numbers; None where the data have no labels."""
        return truth_of(self.content.frame, self.schema, self.target)

    @property
    def has_label(self) -> NDArray[np.bool_]:
        """Whether each row has a label; all have where the data have no labels."""
        return is_labelled(self.content.frame, self.schema)


@dataclass(frozen=True, slots=True)
class Measured:
    """Scores of the reference, shape (rows,) or (rows, classes), and their quality.

    `served` are those of the served model, `scores` those that the bundle keeps: of a row without a label, on
    which no model was trained, they are the same. What the labels or the task do not say is None.
    """

    served: NDArray[np.float64]
    scores: NDArray[np.float64]
    validation: Validation | None
    calibration: Calibration | None
    class_calibrations: tuple[ClassCalibration, ...]
    value_bounds: tuple[float, ...] | None


def measure(data: Labelled, model: Model, where: str) -> Measured:
    """Score the reference and measure the model by it; `where` names the model in errors.

    Raises BundleError where the model can't be run, and ScoringError where a row has no score.
    """
    try:
        scorer = Scorer(model.onnx, data.schema, model.signature)
    except BundleError as error:
        raise BundleError(f"{where}: {error}") from error
    served = scores_by(scorer, data.content.frame, data.schema)
    scores, has_label = served.copy(), data.has_label
    if model.scores is not None:
        scores[has_label] = model.scores
    truth, task, measurable = data.truth, data.task, scores[has_label]
    validation = None if truth is None else validation_of(truth, measurable, task, model.made)
    known = truth if validation is not None and model.made in UNSEEN else None
    return Measured(
        served=served,
        scores=scores,
        validation=validation,
        calibration=None if known is None or task != "binary" else calibration_of(known, measurable),
        class_calibrations=(
            () if known is None or task != "multiclass" else class_calibrations_of(known, measurable)
        ),
        value_bounds=bounds_of(scores) if task == "regression" else None,
    )
