"""The reader of bundles, which verifies every file before it returns a bundle."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, Field, ValidationError

from bundle.content import (
    BASELINE,
    CHECK,
    FILES,
    METADATA,
    MODEL,
    NEWEST,
    REFERENCE,
    SCHEMA,
    VERSION_DIGITS,
    content_hash,
)
from bundle.errors import BUILD_ANEW, BundleError
from bundle.format_1 import FirstMetadata
from bundle.metadata import MODEL_NAME, Identity, Metadata
from contract.errors import BadSchemaError
from contract.schema import Schema, first_problem, read_schema
from contract.task import ClassValue, class_text


@dataclass(frozen=True, slots=True)
class Bundle:
    """A verified bundle in a folder."""

    path: Path
    schema: Schema
    metadata: Metadata

    @property
    def name(self) -> str:
        """The model's name."""
        return self.metadata.name

    @property
    def version(self) -> str:
        """The model's version: the first twelve hex digits of the content hash."""
        return self.metadata.version

    @property
    def files(self) -> tuple[str, ...]:
        """The names of the bundle's files, which depend on its format."""
        return FILES[self.metadata.format]

    @property
    def model_path(self) -> Path:
        """The path of the ONNX model."""
        return self.path / MODEL

    @property
    def reference_path(self) -> Path:
        """The path of the reference: entity key, features, label where known, and the model's output."""
        return self.path / REFERENCE

    @property
    def partial_columns(self) -> tuple[str, ...]:
        """The columns of which the reference holds no value in some rows, since a change was accepted."""
        return tuple({name: None for each in self.metadata.accepted for name in each.columns})

    @property
    def baseline_path(self) -> Path | None:
        """The path of what is kept of the reference for detection; None in format 1."""
        return self.path / BASELINE if BASELINE in self.files else None

    @property
    def check_path(self) -> Path | None:
        """The path of the rows with the model's answers; None in format 1."""
        return self.path / CHECK if CHECK in self.files else None

    @property
    def outdated(self) -> str | None:
        """The sentence that says why and by which command the bundle should be rebuilt; None if it is new."""
        if self.metadata.format == NEWEST:
            return None
        imported = "" if "scikit-learn" in self.metadata.libraries else f" --onnx {self.model_path}"
        return (
            f"{self.path}: the bundle has format {self.metadata.format}, which keeps no baseline of its "
            f"reference; rebuild it from its data ({self.metadata.created_from}) with `training build "
            f"--data DATA{imported} --name {self.name} --out {self.path}`"
        )


class _AnyFormat(BaseModel):
    """The format of any metadata.json; format 1 does not say it."""

    format: int = 1


def open_bundle(path: Path) -> Bundle:
    """Read and verify the bundle in a folder: files, content hash, schema, classes.

    Raises BundleError with one message that says what is wrong and what to do. Scorer verifies the model, and
    dataset.read_reference the reference's columns, because only their callers need them.
    """
    try:
        metadata = _read_metadata(path)
        files = _read_files(path, FILES[metadata.format])
    except OSError as error:
        raise BundleError(f"{error.filename}: cannot be read: {error.strerror}") from error
    expected = content_hash(files, metadata)
    if metadata.content_hash != expected:
        raise BundleError(
            f"{path}: the content is not what metadata.json says: content hash {expected[:VERSION_DIGITS]}…, "
            f"but metadata.json says {metadata.version}…{BUILD_ANEW}"
        )
    try:
        schema = read_schema(path / SCHEMA)
    except BadSchemaError as error:
        raise BundleError(str(error)) from error
    check_classes(path, schema, metadata)
    return Bundle(path, schema, metadata)


class _Named(BaseModel):
    """The name in any metadata.json, whatever else is wrong with it."""

    name: Annotated[str, Field(pattern=MODEL_NAME)]


def told_name(path: Path) -> str | None:
    """The name that the bundle in a folder gives to its model, damaged or not; None where it gives none."""
    try:
        return _Named.model_validate_json((path / METADATA).read_bytes()).name
    except (OSError, ValidationError):
        return None


def _read_metadata(path: Path) -> Metadata:
    if not path.is_dir():
        raise BundleError(
            f"{path}: there is no such folder; make a bundle with `training build`, or set BUNDLE to one"
        )
    if not (path / METADATA).is_file():
        _read_files(path, FILES[NEWEST])
    content = _read_files(path, (METADATA,))[METADATA]
    try:
        found = _AnyFormat.model_validate_json(content, strict=True).format
        if found == 1:
            return FirstMetadata.model_validate_json(content).metadata()
        if found == NEWEST:
            return Metadata.model_validate_json(content)
    except ValidationError as error:
        raise BundleError(f"{path / METADATA}: {first_problem(error)}") from error
    raise BundleError(
        f"{path / METADATA}: the bundle has format {found}; expected 1 or 2; "
        "run the version of Driftline that built it, or build it anew with `training build`"
    )


def _read_files(path: Path, names: tuple[str, ...]) -> dict[str, bytes]:
    missing = [name for name in names if not (path / name).is_file()]
    if missing:
        raise BundleError(
            f"{path}: {', '.join(missing)} missing; a bundle is a folder of {', '.join(names)}, "
            "as `training build` writes it"
        )
    return {name: (path / name).read_bytes() for name in names}


def check_classes(path: Path, schema: Schema, identity: Identity) -> None:
    """Raise BundleError where task, classes or positive class are not those of the schema."""
    task, classes = schema.task or "binary", identity.classes
    found: tuple[ClassValue, ...] = tuple(schema.classes or ())
    if identity.task != task or (task == "multiclass" and [*map(_typed, found)] != [*map(_typed, classes)]):
        raise BundleError(
            f"{path}: the model is {identity.task} with the classes {_listed(classes)}, but the schema says "
            f"{task} with {_listed(found)}{BUILD_ANEW}"
        )
    positive = schema.label.positive if schema.label else None
    if task == "binary" and positive is not None and _typed(classes[1]) != _typed(positive):
        raise BundleError(
            f"{path}: the positive class is {classes[1]!r}, but the schema's label has "
            f"{positive!r}{BUILD_ANEW}"
        )


def _typed(value: ClassValue) -> tuple[type, ClassValue]:
    """1 and True are not the same class."""
    return type(value), value


def _listed(classes: Sequence[ClassValue]) -> str:
    return ", ".join(map(class_text, classes)) or "none"
