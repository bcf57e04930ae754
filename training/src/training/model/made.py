"""A model as it goes into a bundle: trained here, or imported as an ONNX file."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
from bundle import Scores
from contract.schema import Schema
from numpy.typing import NDArray

from training.errors import TrainingError
from training.model.classes import positive_rows
from training.model.folds import FOLDS, out_of_fold
from training.model.forest import SEED, estimator_of, fit, model_frame
from training.model.onnx import onnx_bytes
from training.model.quality import DIGITS

TRAINED_WITH: Final = ("numpy", "onnx", "onnxruntime", "scikit-learn", "skl2onnx")

Progress = Callable[[str], None]
"""A function that is told the current step, for example `reading the data`."""


@dataclass(frozen=True, slots=True)
class Model:
    """A model's ONNX bytes, and what is known of how it was made.

    `scores`, shape (rows,), are the reference's out-of-fold scores; None where the model itself has to score
    its reference. `made` says how the reference's scores come about.
    """

    onnx: bytes
    libraries: tuple[str, ...]
    made: Scores
    scores: NDArray[np.float64] | None = None
    importance: Mapping[str, float] = field(default_factory=dict)
    estimator: str | None = None
    parameters: Mapping[str, bool | int | float | str | None] = field(default_factory=dict)
    folds: int | None = None
    seed: int | None = None


def trained(frame: pd.DataFrame, schema: Schema, progress: Progress) -> Model:
    """Train a random forest on all rows, and score each row by a forest that has not seen it.

    Raises TrainingError where the schema has no label, or the data make no model.
    """
    if schema.label is None:
        raise TrainingError("the schema names no label; add `label: {name: COLUMN, positive: VALUE}` to it")
    positive = positive_rows(frame, schema.label)
    features = model_frame(frame, schema)
    progress("measuring models on rows they have not seen")
    found = out_of_fold(features, positive, schema)
    progress("training on all rows")
    pipeline = fit(features, positive, schema)
    estimator, parameters = estimator_of(pipeline)
    return Model(
        onnx_bytes(pipeline, schema),
        TRAINED_WITH,
        "out-of-fold",
        scores=found.scores,
        importance={name: round(worth, DIGITS) for name, worth in found.importance.items()},
        estimator=estimator,
        parameters=parameters,
        folds=FOLDS,
        seed=SEED,
    )


def imported(onnx_file: Path, *, held_out: bool) -> Model:
    """Read an existing classifier; raises TrainingError where the file can't be read.

    `held_out` says that the model was not trained on the rows of the reference.
    """
    try:
        content = onnx_file.read_bytes()
    except OSError as error:
        raise TrainingError(f"{onnx_file}: cannot be read: {error.strerror}") from error
    return Model(content, ("onnxruntime",), "held-out" if held_out else "training")
