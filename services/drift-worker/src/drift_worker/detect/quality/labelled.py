"""Rows with what the model said of them and what became true, as arrays."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from contract.labels.label import LARGEST_NUMBER
from contract.schema import Schema
from contract.task import ClassValue, Task, class_text
from drift_worker.detect.quality.binary import binary_figures
from drift_worker.detect.quality.estimate import Floats
from drift_worker.detect.quality.losses import Estimates, multiclass_figures, regression_figures

METRICS: Final[dict[Task, tuple[str, ...]]] = {
    "binary": ("auc", "log_loss", "brier", "accuracy", "precision", "recall", "f1", "positive_rate"),
    "multiclass": ("accuracy", "macro_f1", "log_loss"),
    "regression": ("mae", "rmse", "bias", "r2"),
}
"""The figures of each task; the first one decides."""


@dataclass(frozen=True, slots=True)
class ModelTask:
    """What the model predicts: classes in their order, and of two the threshold of the positive one."""

    task: Task
    classes: tuple[str, ...] = ()
    threshold: float = 0.5

    @classmethod
    def of(cls, task: Task, classes: Sequence[ClassValue], threshold: float | None) -> Self:
        """What a bundle's metadata say of it."""
        return cls(task, tuple(map(class_text, classes)), 0.5 if threshold is None else threshold)

    @property
    def decides(self) -> str:
        """The metric by which is decided."""
        return METRICS[self.task][0]


@dataclass(frozen=True, slots=True)
class Labelled:
    """Labelled rows; every array has shape (rows,) but for `probabilities`, (rows, classes)."""

    model: ModelTask
    truth: NDArray[Any]
    """Places of classes, or numbers."""
    output: Floats
    """The score, the probability of the predicted class, or the predicted value."""
    kept: NDArray[np.bool_]
    """Of all rows that were given, whether each is one of these: it has a label and an output."""
    predicted: NDArray[np.intp] | None = None
    """With several classes, the place of the predicted one."""
    probabilities: Floats | None = None
    """With several classes, the probability of each, where they are known."""
    weights: Floats | None = None
    """None where all rows count alike."""

    def weighted(self, weights: Floats) -> Self:
        """The same rows with weights."""
        return replace(self, weights=weights)

    @property
    def positive(self) -> NDArray[np.bool_]:
        """Whether each row is of the positive class of two."""
        return np.asarray(self.truth == 1)

    @property
    def every_weight(self) -> Floats:
        """The weight of each row."""
        return np.ones(len(self.truth)) if self.weights is None else self.weights

    def figures(self) -> Estimates:
        """Every figure of the task."""
        weights = self.every_weight
        if self.model.task == "binary":
            return binary_figures(self.positive, self.output, weights, self.model.threshold)
        if self.model.task == "regression":
            return regression_figures(self.truth, self.output, weights)
        of_truth = None
        if self.probabilities is not None:
            of_truth = self.probabilities[np.arange(len(self.truth)), self.truth]
        predicted = np.empty(0, np.intp) if self.predicted is None else self.predicted
        return multiclass_figures(self.truth, predicted, weights, len(self.model.classes), of_truth)


def output_of(frame: pd.DataFrame, schema: Schema) -> Floats:
    """By what rows are put into deciles: the score, the predicted class's probability, or the value."""
    return frame[list(schema.outputs)[-1]].to_numpy(np.float64, na_value=np.nan)


def classes_of(frame: pd.DataFrame, schema: Schema, model: ModelTask) -> Floats:
    """With several classes, the place of each row's predicted one, -1 of one unknown; else 0."""
    if model.task != "multiclass":
        return np.zeros(len(frame))
    return np.nan_to_num(_places(frame[next(iter(schema.outputs))], model), nan=-1.0)


def labelled_rows(
    frame: pd.DataFrame, labels: "pd.Series[Any]", schema: Schema, model: ModelTask
) -> Labelled:
    """The rows of a window or a reference with their labels; rows without label or output are left out.

    Labels are classes as values or as text, or numbers. Numbers beyond LARGEST_NUMBER count as this one, so
    that their squares are finite.
    """
    truth = _truth(labels, model)
    output = output_of(frame, schema)
    known = np.isfinite(truth) & np.isfinite(output)
    predicted = probabilities = None
    if model.task == "multiclass":
        places = _places(frame[next(iter(schema.outputs))], model)
        known &= np.isfinite(places)
        predicted = places[known].astype(np.intp)
        every = schema.beside("probabilities")
        if every in frame:
            probabilities = np.array(frame.loc[known, every].tolist(), np.float64).reshape(
                -1, len(model.classes)
            )
    of_known = truth[known]
    return Labelled(
        model,
        _limited(of_known) if model.task == "regression" else of_known.astype(np.intp),
        _limited(output[known]),
        known,
        predicted,
        probabilities,
    )


def _limited(numbers: Floats) -> Floats:
    return np.clip(numbers, -LARGEST_NUMBER, LARGEST_NUMBER)


def _truth(labels: "pd.Series[Any]", model: ModelTask) -> Floats:
    if model.task == "regression":
        return labels.to_numpy(np.float64, na_value=np.nan)
    return _places(labels, model)


def _places(values: "pd.Series[Any]", model: ModelTask) -> Floats:
    """The place of each class; NaN of what is missing, and of what is no class of the model."""
    places = {name: float(place) for place, name in enumerate(model.classes)}
    return np.array(
        [
            np.nan if pd.isna(value) else places.get(class_text(value), np.nan)
            for value in values.astype(object)
        ],
        np.float64,
    )
