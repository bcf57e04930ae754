"""A model as it goes into a bundle: trained here, or imported as an ONNX file."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bundle import Scores, Signature
from contract.schema import Schema
from dataset import Target
from training.errors import TrainingError
from training.model.existing.model_file import OpenedModel
from training.model.folds import FOLDS, out_of_fold
from training.model.forest import SEED, estimator_of, fit, model_frame
from training.model.onnx import onnx_bytes
from training.model.quality import DIGITS
from training.model.target import is_labelled, truth_of
from training.steps import Progress

TRAINED_WITH: Final = ("numpy", "onnx", "onnxruntime", "scikit-learn", "skl2onnx")


@dataclass(frozen=True, slots=True)
class Model:
    """A model's ONNX bytes, and what is known of how it was made.

    `scores`, shape (rows,) or (rows, classes), are the out-of-fold scores of the reference's rows with a
    label; None where the model itself has to score its reference. `made` says how the scores come about.
    """

    onnx: bytes
    libraries: tuple[str, ...]
    made: Scores
    scores: NDArray[np.float64] | None = None
    signature: Signature | None = None
    importance: Mapping[str, float] = field(default_factory=dict)
    estimator: str | None = None
    parameters: Mapping[str, bool | int | float | str | None] = field(default_factory=dict)
    folds: int | None = None
    seed: int | None = None


def trained(frame: pd.DataFrame, schema: Schema, target: Target, progress: Progress) -> Model:
    """Train a random forest on all rows with a label, and score each by a forest that has not seen it.

    Raises TrainingError where the schema has no label, or the data make no model.
    """
    truth = truth_of(frame, schema, target)
    if truth is None:
        raise TrainingError("the schema names no label; add `label: {name: COLUMN}` to it")
    frame = frame[is_labelled(frame, schema)]
    features = model_frame(frame, schema)
    ids = frame[schema.entity] if schema.ids == "repeat" else None
    found = out_of_fold(features, truth, schema, target, ids, progress=progress)
    progress(f"training on all {len(features):,} rows")
    pipeline = fit(features, truth, schema, target.task or "binary")
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


def imported(opened: OpenedModel, signature: Signature, *, held_out: bool) -> Model:
    """Return an existing model.

    `held_out` says that the model was not trained on the rows of the reference.
    """
    made: Scores = "held-out" if held_out else "training"
    original = opened.original
    libraries = ("onnx", "onnxruntime", *(original.library if original else ()))
    estimator = original.estimator if original else None
    return Model(opened.graph.content, libraries, made, signature=signature, estimator=estimator)
