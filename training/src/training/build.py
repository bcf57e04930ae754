"""Builds a bundle from a data set."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Final

import numpy as np
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
from contract.task import Task
from dataset import DataSet, Target, read_dataset
from numpy.typing import NDArray

from training.errors import TrainingError
from training.model.existing.graph import read_graph
from training.model.existing.signature import InputMap, graph_target, sign
from training.model.made import Model, Progress, imported, trained
from training.model.quality import bounds_of, calibration_of, refuse_inverted, validation_of
from training.model.reference import check_rows, filled_schema, parquet_bytes, scores_by, with_output
from training.model.target import Truth, target_of, truth_of
from training.model.threshold import Rule, threshold_by

UNSEEN: Final = ("out-of-fold", "held-out")
"""Scores of rows that the model had not seen: these alone say what a score means."""

DEFAULT_THRESHOLD: Final = 0.5


@dataclass(frozen=True, slots=True)
class Existing:
    """A model that exists: its file, what goes into its inputs, and whether it was trained on other rows."""

    path: Path
    inputs: InputMap | None = None
    held_out: bool = False


@dataclass(frozen=True, slots=True)
class Request:
    """What is to be built, and of what; without an existing model a random forest is trained."""

    data: Path
    schema: Schema
    out: Path
    name: str
    existing: Existing | None = None
    task: Task | None = None
    threshold: float | Rule = DEFAULT_THRESHOLD
    force: bool = False
    """Whether a model that is worse than chance is taken all the same."""


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
        """The label of each row as numbers, shape (rows,); None where the data have no labels."""
        return truth_of(self.content.frame, self.schema, self.target)


@dataclass(frozen=True, slots=True)
class Built:
    """A new bundle, the columns of its data that were not read, and what was assumed, as sentences."""

    bundle: Bundle
    ignored: tuple[str, ...]
    assumed: Sequence[str] = field(default_factory=tuple)


def build_bundle(request: Request, progress: Progress) -> Built:
    """Train a model on the data, or take an existing one, and write its bundle.

    Raises DataError, TrainingError, BundleError or ScoringError; then no file is written.
    """
    existing = request.existing
    check_target(request.out, request.name)
    schema = _with_task(request.schema, request.task)
    graph = None
    if existing is not None:
        progress("reading the model")
        graph = read_graph(existing.path)
        schema = graph_target(graph, Target.of(schema)).put_into(schema)
    progress("reading the data")
    content = read_dataset(request.data, schema, label="optional" if existing else "required")
    target = target_of(content.frame, schema, str(request.data))
    data = Labelled(content, filled_schema(target.put_into(schema), content.frame), target)
    if graph is None or existing is None:
        model, assumed = trained(content.frame, data.schema, target, progress), list[str]()
    else:
        signed = sign(graph, data.schema, target, existing.inputs)
        model, assumed = imported(graph, signed.signature, held_out=existing.held_out), signed.assumed
    parts = _parts(request, data, model, progress)
    return Built(write_bundle(request.out, parts), content.ignored, assumed)


def _with_task(schema: Schema, task: Task | None) -> Schema:
    if task is None:
        return schema
    known = Target.of(schema)
    classes = None if task == "regression" else known.classes
    return Target(task, classes, known.positive if task == "binary" else None).put_into(schema)


def _parts(request: Request, data: Labelled, model: Model, progress: Progress) -> Parts:
    """Score the reference, measure the model by it, and return the parts of the bundle."""
    content, schema, task = data.content, data.schema, data.task
    progress("scoring the reference")
    try:
        scorer = Scorer(model.onnx, schema, model.signature)
    except BundleError as error:
        where = request.existing.path if request.existing else "the trained model"
        raise BundleError(f"{where}: {error}") from error
    served = scores_by(scorer, content.frame, schema)
    scores = served if model.scores is None else model.scores
    reference = with_output(content.frame, schema, scores)
    truth = data.truth
    validation = None if truth is None else validation_of(truth, scores, task, model.made)
    if validation is not None and request.existing is not None and not request.force:
        refuse_inverted(validation)
    progress("keeping what detection needs of the reference")
    return Parts(
        name=request.name,
        model=model.onnx,
        reference=parquet_bytes(reference),
        baseline=(baseline_of(reference, schema, schema.outputs).model_dump_json() + "\n").encode(),
        check=check_bytes(check_rows(content.frame, served, schema)),
        schema=schema,
        classes=data.target.classes or (),
        data_hash=_data_hash(content.files),
        created_from="/".join(request.data.absolute().parts[-2:]),
        origin=ReferenceOrigin(rows=len(reference), scores=model.made),
        recipe=_recipe(model, content),
        libraries={library: version(library) for library in model.libraries},
        validation=validation,
        importance=model.importance,
        calibration=calibration_of(truth, scores)
        if truth is not None and validation is not None and task == "binary" and model.made in UNSEEN
        else None,
        value_bounds=bounds_of(scores) if task == "regression" else None,
        threshold=_threshold(request.threshold, truth, scores, task),
        signature=model.signature,
    )


def _threshold(
    asked: float | Rule, truth: Truth | None, scores: NDArray[np.float64], task: Task
) -> float | None:
    if task != "binary":
        if asked != DEFAULT_THRESHOLD:
            raise TrainingError(f"--threshold is for two classes, but the task is {task}; leave it out")
        return None
    if not isinstance(asked, str):
        return asked
    if truth is None:
        raise TrainingError(
            f"--threshold {asked} needs labels, and the data have none; give a number instead"
        )
    return threshold_by(asked, truth, scores)


def _recipe(model: Model, content: DataSet) -> Recipe:
    return Recipe(
        estimator=model.estimator,
        parameters=dict(model.parameters),
        folds=model.folds,
        seed=model.seed,
        data=Data(names=tuple(file.name for file in content.files), rows=len(content.frame)),
    )


def _data_hash(files: tuple[Path, ...]) -> str:
    """Return the SHA-256 of the names and contents of the files that were read."""
    digest = hashlib.sha256()
    for file in files:
        digest.update(f"{file.name}\0{hashlib.sha256(file.read_bytes()).hexdigest()}\n".encode())
    return digest.hexdigest()
