"""Builds a bundle from a data set."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import pandas as pd
from bundle import Bundle, BundleError, Parts, Scorer, check_target, write_bundle
from contract.schema import Schema
from dataset import read_dataset
from sklearn.metrics import roc_auc_score

from training.errors import TrainingError
from training.model.classes import classes_of, positive_rows
from training.model.forest import fit, hold_out_auc, model_frame
from training.model.onnx import onnx_bytes
from training.model.reference import SCORE, filled_schema, parquet_bytes, scored

TRAINED_WITH: Final = ("numpy", "onnx", "onnxruntime", "scikit-learn", "skl2onnx")

Progress = Callable[[str], None]
"""A function that is told the current step, for example `reading the data`."""


@dataclass(frozen=True, slots=True)
class Built:
    """A new bundle, and the columns of its data that were not read."""

    bundle: Bundle
    ignored: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Model:
    content: bytes
    validation: dict[str, Any]
    libraries: tuple[str, ...]


def build_bundle(
    data: Path, schema: Schema, out: Path, *, name: str, onnx_file: Path | None, progress: Progress
) -> Built:
    """Train a random forest on the data, or take an existing ONNX classifier, and write its bundle.

    Raises DataError, TrainingError, BundleError or ScoringError; then no file is written.
    """
    check_target(out, name)
    progress("reading the data")
    content = read_dataset(data, schema, label="optional" if onnx_file else "required")
    schema = filled_schema(schema, content.frame)
    classes = classes_of(content.frame, schema)
    model = _read(onnx_file) if onnx_file else _trained(content.frame, schema, progress)
    progress("scoring the reference")
    try:
        scorer = Scorer(model.content, schema)
    except BundleError as error:
        raise BundleError(f"{onnx_file or 'the trained model'}: {error}") from error
    reference = scored(content.frame, schema, scorer)
    parts = Parts(
        name=name,
        model=model.content,
        reference=parquet_bytes(reference),
        schema=schema,
        classes=classes,
        data_hash=_data_hash(content.files),
        libraries={library: version(library) for library in model.libraries},
        validation=model.validation or _reference_auc(reference, schema),
        created_from="/".join(data.absolute().parts[-2:]),
    )
    return Built(write_bundle(out, parts), content.ignored)


def _trained(frame: pd.DataFrame, schema: Schema, progress: Progress) -> _Model:
    if schema.label is None:
        raise TrainingError("the schema names no label; add `label: {name: COLUMN, positive: VALUE}` to it")
    positive = positive_rows(frame, schema.label)
    features = model_frame(frame, schema)
    progress("measuring a model on rows it has not seen")
    validation = hold_out_auc(features, positive, schema)
    progress("training on all rows")
    return _Model(onnx_bytes(fit(features, positive, schema), schema), validation, TRAINED_WITH)


def _read(onnx_file: Path) -> _Model:
    try:
        return _Model(onnx_file.read_bytes(), {}, ("onnxruntime",))
    except OSError as error:
        raise TrainingError(f"{onnx_file}: cannot be read: {error.strerror}") from error


def _reference_auc(reference: pd.DataFrame, schema: Schema) -> dict[str, Any]:
    """Return the AUC of an existing model on the reference, or nothing where there is no label."""
    if schema.label is None or schema.label.name not in reference:
        return {}
    auc = roc_auc_score(positive_rows(reference, schema.label), reference[SCORE])
    return {"auc": round(float(auc), 6), "method": "reference", "rows": len(reference)}


def _data_hash(files: tuple[Path, ...]) -> str:
    """Return the SHA-256 of the names and contents of the files that were read."""
    digest = hashlib.sha256()
    for file in files:
        digest.update(f"{file.name}\0{hashlib.sha256(file.read_bytes()).hexdigest()}\n".encode())
    return digest.hexdigest()
