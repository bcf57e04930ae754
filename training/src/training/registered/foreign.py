"""What `training import` does: a model that others registered becomes a bundle."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path

from bundle import BundleError, ScoringError
from contract.schema import Schema
from contract.task import Task
from dataset import DataError, find_schema, read_schema_yaml
from registry import ModelReference, RegistryClient
from registry.client import BUNDLE
from training.build import Built, Request, build_bundle
from training.errors import TrainingError
from training.model.existing.model_file import Existing
from training.model.existing.signature import InputMap
from training.model.threshold import DEFAULT, Rule
from training.registered.mlmodel import Foreign, read_mlmodel
from training.registered.signature import schema_of
from training.steps import Progress


@dataclass(frozen=True, slots=True)
class Columns:
    """What the data's columns are: by a schema file, or by the model's signature with these two names."""

    schema_file: Path | None = None
    entity: str | None = None
    label: str | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be made of a registered model."""

    data: Path
    out: Path
    name: str
    columns: Columns
    inputs: InputMap | None = None
    held_out: bool = False
    task: Task | None = None
    threshold: float | Rule = DEFAULT
    force: bool = False
    unpickle: bool = False
    """Whether a pickle is opened, which runs the code in it."""


def import_model(
    reference: ModelReference, wanted: Wanted, client: RegistryClient, progress: Progress
) -> Built:
    """Download a registered model, and build a bundle of it and the data.

    Raises what `build_bundle` raises, TrainingError for a model that is not read, and RegistryError.
    """
    found = client.resolve(reference)
    called = str(ModelReference(found.name, version=found.version))
    with tempfile.TemporaryDirectory() as folder, _called(Path(folder), called):
        progress(f"downloading {called}")
        client.download(found, Path(folder), part="")
        foreign = read_mlmodel(Path(folder))
        if foreign.library == "pickle" and not wanted.unpickle:
            raise TrainingError(
                f"{foreign.path} is a pickle, and opening a pickle runs the code in it; expected --unpickle, "
                "which says that you trust whoever registered it, or a model that was logged with "
                'serialization_format="skops"'
            )
        schema, told = _schema(wanted, foreign)
        request = Request(
            data=wanted.data,
            schema=schema,
            out=wanted.out,
            name=wanted.name,
            existing=Existing(foreign.path, foreign.library, wanted.inputs, wanted.held_out),
            task=wanted.task,
            threshold=wanted.threshold,
            labelled=wanted.columns.label is not None,
            force=wanted.force,
        )
        built = build_bundle(request, progress)
        if (Path(folder) / BUNDLE).is_dir():
            told.append(f"{called} has a bundle already, which BUNDLE={called} serves as it is")
    said = [f"imported {called}: {foreign.flavor}, {foreign.path.name}", *_assumed(foreign), *told]
    return replace(built, assumed=[*said, *built.assumed])


@contextmanager
def _called(folder: Path, reference: str) -> Iterator[None]:
    """Call files of the folder by the model's reference in errors: the folder is gone when they are read."""
    try:
        yield
    except (BundleError, DataError, ScoringError, TrainingError) as error:
        raise type(error)(str(error).replace(f"{folder}/", f"{reference}: ")) from error


def _schema(wanted: Wanted, foreign: Foreign) -> tuple[Schema, list[str]]:
    """Return the schema of the data, and where it is from, as sentences."""
    columns = wanted.columns
    file = columns.schema_file or _beside(wanted.data)
    if file is None:
        schema = schema_of(foreign.inputs, columns.entity, columns.label)
        return schema, ["the features are those of the model's signature, since the data have no schema.yaml"]
    if columns.entity or columns.label:
        raise TrainingError(
            f"--entity and --label are for data without a schema.yaml, but there is {file}; leave them out"
        )
    return read_schema_yaml(file), []


def _beside(data: Path) -> Path | None:
    try:
        return find_schema(data)
    except DataError:
        return None


def _assumed(foreign: Foreign) -> Iterator[str]:
    if foreign.library == "pickle":
        yield f"{foreign.path.name} was unpickled, which ran the code in it"
    if foreign.saved_with is not None:
        here = version("scikit-learn")
        yield f"it was saved with scikit-learn {foreign.saved_with}, and parity is with its answers by {here}"
