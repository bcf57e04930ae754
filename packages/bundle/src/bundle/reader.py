"""The reader of bundles, which verifies every file before it returns a bundle."""

from dataclasses import dataclass
from pathlib import Path

from contract.errors import BadSchemaError
from contract.schema import Schema, first_problem, read_schema
from pydantic import ValidationError

from bundle.content import FILES, METADATA, MODEL, REFERENCE, SCHEMA, VERSION_DIGITS, content_hash
from bundle.errors import BundleError
from bundle.metadata import ClassValue, Metadata


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
    def model_path(self) -> Path:
        """The path of the ONNX model."""
        return self.path / MODEL

    @property
    def reference_path(self) -> Path:
        """The path of the reference: entity key, features, label where known, and the model's `score`."""
        return self.path / REFERENCE


def open_bundle(path: Path) -> Bundle:
    """Read and verify the bundle in a folder: files, content hash, schema, classes.

    Raises BundleError with one message that says what is wrong and what to do. Scorer verifies the model, and
    dataset.read_reference the reference's columns, because only their callers need them.
    """
    files = _read_files(path)
    metadata = _read_metadata(path, files[METADATA])
    expected = content_hash(files, metadata.name, metadata.classes, metadata.threshold)
    if metadata.content_hash != expected:
        raise BundleError(
            f"{path}: the content is not what metadata.json says: content hash {expected[:VERSION_DIGITS]}…, "
            f"but metadata.json says {metadata.version}…; build the bundle anew with `training build`"
        )
    try:
        schema = read_schema(path / SCHEMA)
    except BadSchemaError as error:
        raise BundleError(str(error)) from error
    check_classes(path, schema, metadata.classes)
    return Bundle(path, schema, metadata)


def _read_files(path: Path) -> dict[str, bytes]:
    try:
        _check_files(path)
        return {name: (path / name).read_bytes() for name in FILES}
    except OSError as error:
        raise BundleError(f"{error.filename}: cannot be read: {error.strerror}") from error


def _check_files(path: Path) -> None:
    if not path.is_dir():
        raise BundleError(
            f"{path}: there is no such folder; make a bundle with `training build`, or set BUNDLE to one"
        )
    missing = [name for name in FILES if not (path / name).is_file()]
    if missing:
        raise BundleError(
            f"{path}: {', '.join(missing)} missing; a bundle is a folder of {', '.join(FILES)}, "
            "as `training build` writes it"
        )


def _read_metadata(path: Path, content: bytes) -> Metadata:
    try:
        return Metadata.model_validate_json(content)
    except ValidationError as error:
        raise BundleError(f"{path / METADATA}: {first_problem(error)}") from error


def check_classes(path: Path, schema: Schema, classes: tuple[ClassValue, ClassValue]) -> None:
    """Raise BundleError where the positive class differs from the label's positive value."""
    if schema.label is None:
        return
    positive = classes[1]
    if type(positive) is not type(schema.label.positive) or positive != schema.label.positive:
        raise BundleError(
            f"{path}: the positive class is {positive!r}, but the schema's label has "
            f"{schema.label.positive!r}; build the bundle anew with `training build`"
        )
