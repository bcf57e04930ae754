"""Builds a bundle from a data set."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path

from baseline.document import baseline_of
from bundle import (
    Bundle,
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
from training.measured import Labelled, Measured, measure
from training.model.existing.graph import Graph
from training.model.existing.model_file import Existing, open_model
from training.model.existing.signature import graph_target, sign
from training.model.made import Model, imported, trained
from training.model.reference import check_rows, filled_schema, parquet_bytes, scores_by, with_output
from training.model.target import target_of
from training.model.threshold import DEFAULT, Rule, threshold_of
from training.order import refuse_wrong_order
from training.steps import Progress


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
    labelled: bool = False
    """Whether the data have to have the label; those of a new model have to anyway."""
    force: bool = False
    """Whether a model that is worse than chance is taken all the same."""


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
        if opened.graph.is_regressor and schema.task is None:
            schema = _by_answers(opened.graph, schema, existing, request.data)
    progress("reading the data")
    needs_label = existing is None or request.labelled
    content = read_dataset(request.data, schema, label="required" if needs_label else "optional")
    named = opened.graph.labels if opened else None
    target = target_of(content.frame, schema, named, str(request.data))
    data = Labelled(content, filled_schema(target.kept_in(schema), content.frame), target)
    if opened is None or existing is None:
        model, assumed = trained(content.frame, data.schema, target, progress), list[str]()
    else:
        signed = sign(opened.graph, data.schema, target, request.schema.classes, existing.inputs)
        model = imported(opened, signed.signature, held_out=existing.held_out)
        assumed = [*opened.assumed(data.schema), *signed.assumed]
    progress("scoring the reference")
    found = measure(data, model, str(existing.path if existing else "the trained model"))
    if opened is not None and model.signature is not None:
        opened.check_parity(content.frame, data.schema, found.served, model.signature)
        if data.truth is not None and found.validation is not None and not request.force:
            refuse_wrong_order(data, found)
    progress("keeping what detection needs of the reference")
    parts = _parts(request, data, model, found)
    return Built(write_bundle(request.out, parts), content.ignored, [*content.notes, *assumed])


def _with_task(schema: Schema, task: Task | None) -> Schema:
    if task is None:
        return schema
    known = Target.of(schema)
    classes = None if task == "regression" else known.classes
    return Target(task, classes, known.positive if task == "binary" else None).put_into(schema)


def _by_answers(graph: Graph, schema: Schema, existing: Existing, data: Path) -> Schema:
    """Return the schema as that of a regression, unless all of the regressor's answers are probabilities."""
    regression = Target("regression").put_into(schema)
    frame = read_dataset(data, regression, label="ignored").frame
    signature = sign(graph, regression, Target("regression"), given=existing.inputs).signature
    values = scores_by(Scorer(graph.content, regression, signature), frame, regression)
    return schema if ((values >= 0.0) & (values <= 1.0)).all() else regression


def _parts(request: Request, data: Labelled, model: Model, found: Measured) -> Parts:
    content, schema = data.content, data.schema
    reference = with_output(content.frame, schema, found.scores)
    return Parts(
        name=request.name,
        model=model.onnx,
        reference=parquet_bytes(reference, schema),
        baseline=(baseline_of(reference, schema, schema.outputs).model_dump_json() + "\n").encode(),
        check=check_bytes(check_rows(content.frame, found.served, schema)),
        schema=schema,
        classes=data.target.classes or (),
        data_hash=_data_hash(content.files),
        created_from="/".join(request.data.absolute().parts[-2:]),
        origin=ReferenceOrigin(rows=len(reference), scores=model.made),
        recipe=_recipe(model, content),
        libraries={library: version(library) for library in model.libraries},
        validation=found.validation,
        importance=model.importance,
        calibration=found.calibration,
        class_calibrations=found.class_calibrations,
        value_bounds=found.value_bounds,
        threshold=threshold_of(request.threshold, data.truth, found.scores[data.has_label], data.task),
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
