"""A model of another library, as conversion needs it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from contract.schema import Schema
from contract.task import ClassValue, Task
from training.errors import TrainingError

Answers = NDArray[np.float64]
"""Probabilities, shape (rows, classes), or a regression's values, shape (rows,)."""


class Original(Protocol):
    """A fitted model that converts itself to ONNX, and answers rows by its own library."""

    @property
    def task(self) -> Task:
        """What the model predicts."""

    @property
    def classes(self) -> tuple[ClassValue, ...] | None:
        """The labels in the order of the probabilities; None for a regression."""

    @property
    def library(self) -> tuple[str, ...]:
        """The distributions whose versions matter, for example scikit-learn."""

    @property
    def estimator(self) -> str:
        """The import path of the model's class; of a pipeline, that of its last step."""

    @property
    def knows_names(self) -> bool:
        """Whether the model names the features that it reads."""

    def onnx(self, schema: Schema) -> bytes:
        """Return the model as ONNX with one input per feature of the schema, named as the feature.

        Numbers and booleans are inputs of shape (rows, 1), double precision wherever ONNX Runtime can run
        that. A classifier's output `probabilities` has shape (rows, classes), a regression's output
        `variable` (rows, 1). The same file and schema give the same bytes. Raises TrainingError where the
        schema lacks a feature, or where the model can't be converted.
        """

    def answers(self, frame: pd.DataFrame) -> Answers:
        """Return what the original library answers to the features of a frame as `read_dataset` gives it.

        A model that knows no names reads the frame's columns in their order.

        Raises TrainingError where the frame lacks a feature, or where the library fails on its rows.
        """


@dataclass(frozen=True, kw_only=True)
class Booster:
    """What a Booster of any library tells of itself, by which it is an `Original`."""

    names: list[str] | None
    """The features that it reads; None where it knows no names."""
    classes: tuple[int, ...] | None
    """The numbers of its classes, in the order of the probabilities; None for a regression."""

    @property
    def task(self) -> Task:
        """What the model predicts."""
        return task_of(self.classes)

    @property
    def knows_names(self) -> bool:
        """Whether the model names the features that it reads."""
        return self.names is not None


def task_of(classes: tuple[ClassValue, ...] | None) -> Task:
    """Return the task of a model with these classes."""
    if classes is None:
        return "regression"
    return "binary" if len(classes) == 2 else "multiclass"  # noqa: PLR2004 - a decision


def check_readable(path: Path) -> None:
    """Raise TrainingError where the file can't be opened."""
    try:
        path.open("rb").close()
    except OSError as error:
        raise TrainingError(f"{path}: cannot be read: {error.strerror}") from error


def cause(error: Exception) -> str:
    """Return an error's type, and the first line of its message, at most 200 characters."""
    first = str(error).strip().partition("\n")[0][:200]
    return f"{type(error).__name__}: {first}" if first else type(error).__name__
