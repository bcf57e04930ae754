"""Builds a bundle from a data set."""

import hashlib
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Final

import pandas as pd
from baseline.document import baseline_of
from bundle import (
    Bundle,
    BundleError,
    Data,
    Parts,
    Recipe,
    ReferenceOrigin,
    Scorer,
    check_bytes,
    check_target,
    write_bundle,
)
from contract.schema import Schema
from dataset import SCORE, DataSet, read_dataset

from training.errors import TrainingError
from training.model.classes import Classes, classes_of, positive_rows
from training.model.made import Model, Progress, imported, trained
from training.model.quality import calibration_of, validation_of
from training.model.reference import (
    check_rows,
    filled_schema,
    parquet_bytes,
    scored,
)

UNSEEN: Final = ("out-of-fold", "held-out")
"""Scores of rows that the model had not seen: these alone say what a score means."""


@dataclass(frozen=True, slots=True)
class Built:
    """A new bundle, and the columns of its data that were not read."""

    bundle: Bundle
    ignored: tuple[str, ...]


def build_bundle(
    data: Path,
    schema: Schema,
    out: Path,
    *,
    name: str,
    onnx_file: Path | None,
    held_out: bool = False,
    progress: Progress,
) -> Built:
    """Train a random forest on the data, or take an existing ONNX classifier, and write its bundle.

    `held_out` says that the existing classifier was not trained on the data. Raises DataError, TrainingError,
    BundleError or ScoringError; then no file is written.
    """
    if held_out and onnx_file is None:
        raise TrainingError(
            "--held-out says something of an existing model: expected --onnx FILE beside it; a new model is "
            "trained on these rows, and measured out of fold"
        )
    check_target(out, name)
    progress("reading the data")
    content = read_dataset(data, schema, label="optional" if onnx_file else "required")
    schema = filled_schema(schema, content.frame)
    classes = classes_of(content.frame, schema)
    model = imported(onnx_file, held_out=held_out) if onnx_file else trained(content.frame, schema, progress)
    progress("scoring the reference")
    try:
        scorer = Scorer(model.onnx, schema)
    except BundleError as error:
        raise BundleError(f"{onnx_file or 'the trained model'}: {error}") from error
    served = scored(content.frame, schema, scorer)
    progress("keeping what detection needs of the reference")
    created_from = "/".join(data.absolute().parts[-2:])
    parts = _parts(content, schema, model, served, name=name, classes=classes, created_from=created_from)
    return Built(write_bundle(out, parts), content.ignored)


def _parts(
    content: DataSet,
    schema: Schema,
    model: Model,
    served: pd.DataFrame,
    *,
    name: str,
    classes: Classes,
    created_from: str,
) -> Parts:
    """Return the parts of the bundle; `served` is the data with the served model's scores."""
    reference = served if model.scores is None else served.assign(**{SCORE: model.scores})
    scores = reference[SCORE].to_numpy()
    labelled = schema.label is not None and schema.label.name in reference
    positive = positive_rows(reference, schema.label) if schema.label and labelled else None
    return Parts(
        name=name,
        model=model.onnx,
        reference=parquet_bytes(reference),
        baseline=(baseline_of(reference, schema, SCORE).model_dump_json() + "\n").encode(),
        check=check_bytes(check_rows(served, schema)),
        schema=schema,
        classes=classes,
        data_hash=_data_hash(content.files),
        created_from=created_from,
        origin=ReferenceOrigin(rows=len(reference), scores=model.made),
        recipe=Recipe(
            estimator=model.estimator,
            parameters=dict(model.parameters),
            folds=model.folds,
            seed=model.seed,
            data=Data(names=tuple(file.name for file in content.files), rows=len(reference)),
        ),
        libraries={library: version(library) for library in model.libraries},
        validation=None if positive is None else validation_of(positive, scores, model.made),
        importance=model.importance,
        calibration=None
        if positive is None or model.made not in UNSEEN
        else calibration_of(positive, scores),
    )


def _data_hash(files: tuple[Path, ...]) -> str:
    """Return the SHA-256 of the names and contents of the files that were read."""
    digest = hashlib.sha256()
    for file in files:
        digest.update(f"{file.name}\0{hashlib.sha256(file.read_bytes()).hexdigest()}\n".encode())
    return digest.hexdigest()
