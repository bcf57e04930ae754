"""Builds a bundle from a data set."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Final

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

from training.model.existing.model_file import Existing, OpenedModel, open_model
from training.model.existing.signature import graph_target, sign
from training.model.made import Model, Progress, imported, trained
from training.model.quality import bounds_of, calibration_of, refuse_inverted, validation_of
from training.model.reference import check_rows, filled_schema, parquet_bytes, scores_by, with_output
from training.model.target import Truth, target_of, truth_of
from training.model.threshold import DEFAULT, Rule, threshold_of

UNSEEN: Final = ("out-of-fold", "held-out")
"""Scores of rows that the model had not seen: these alone say what a score means."""


@dataclass(frozen=True, slots=True)
class Request:
    """What is to be built, and of what; without an existing model a random forest is trained."""

    data: Path
    schema: Schema
    out: Path
    name: str
    existing: Existing | None = None
    task: Task | None = None
    threshold: float | Rule = DEFAULT
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
    opened = None
    if existing is not None:
        progress("reading the model")
        opened = open_model(existing, schema)
        schema = graph_target(opened.graph, Target.of(schema)).put_into(schema)
    progress("reading the data")
    content = read_dataset(request.data, schema, label="optional" if existing else "required")
    target = target_of(content.frame, schema, str(request.data))
    data = Labelled(content, filled_schema(target.put_into(schema), content.frame), target)
    if opened is None or existing is None:
        model, assumed = trained(content.frame, data.schema, target, progress), list[str]()
    else:
        signed = sign(opened.graph, data.schema, target, existing.inputs)
        model, assumed = imported(opened, signed.signature, held_out=existing.held_out), signed.assumed
    parts = _parts(request, data, model, opened, progress)
    return Built(write_bundle(request.out, parts), content.ignored, assumed)


def _with_task(schema: Schema, task: Task | None) -> Schema:
    if task is None:
        return schema
    known = Target.of(schema)
    classes = None if task == "regression" else known.classes
    return Target(task, classes, known.positive if task == "binary" else None).put_into(schema)


def _parts(
    request: Request, data: Labelled, model: Model, opened: OpenedModel | None, progress: Progress
) -> Parts:
    """Score the reference, measure the model by it, and return the parts of the bundle."""
    content, schema, task = data.content, data.schema, data.task
    progress("scoring the reference")
    try:
        scorer = Scorer(model.onnx, schema, model.signature)
    except BundleError as error:
        where = request.existing.path if request.existing else "the trained model"
        raise BundleError(f"{where}: {error}") from error
    served = scores_by(scorer, content.frame, schema)
    if opened is not None and model.signature is not None:
        opened.check_parity(content.frame, schema, served, model.signature)
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
        threshold=threshold_of(request.threshold, truth, scores, task),
        signature=model.signature,
    )


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
