"""The writer of bundles: hashes and verifies the parts, and writes all of them or none."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from contract.schema import Schema, first_problem
from pydantic import ValidationError

from bundle.content import FILES, METADATA, MODEL, REFERENCE, SCHEMA, VERSION_DIGITS, content_hash
from bundle.errors import BundleError
from bundle.folder import refuse_foreign, write_folder
from bundle.metadata import MODEL_NAME, ClassValue, Metadata
from bundle.reader import Bundle, check_classes, open_bundle


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts of a bundle; the model is ONNX and the reference is Parquet, both as bytes."""

    name: str
    model: bytes
    reference: bytes
    schema: Schema
    classes: tuple[ClassValue, ClassValue]
    data_hash: str
    libraries: Mapping[str, str]
    validation: Mapping[str, float | int | str]
    created_from: str
    threshold: float = 0.5


def check_target(out: Path, name: str) -> None:
    """Raise BundleError where a bundle of that name can't be written to `out`; call it before training."""
    if not re.fullmatch(MODEL_NAME, name):
        raise BundleError(
            f"{name!r} is no model name; expected at most 64 lower-case letters, digits, - and _, "
            "a letter or digit first; give one with --name"
        )
    refuse_foreign(out.absolute(), FILES)


def write_bundle(out: Path, parts: Parts) -> Bundle:
    """Write a bundle to a folder, and replace an older bundle there; the same parts give the same hash.

    Raises BundleError where the parts contradict each other, or where the folder can't be written.
    """
    files = {
        MODEL: parts.model,
        REFERENCE: parts.reference,
        SCHEMA: (parts.schema.model_dump_json(indent=2, exclude_none=True) + "\n").encode(),
    }
    digest = content_hash(files, parts.name, parts.classes, parts.threshold)
    try:
        metadata = Metadata(
            name=parts.name,
            version=digest[:VERSION_DIGITS],
            content_hash=digest,
            data_hash=parts.data_hash,
            classes=parts.classes,
            threshold=parts.threshold,
            libraries=dict(parts.libraries),
            validation=dict(parts.validation),
            created_from=parts.created_from,
        )
    except ValidationError as error:
        raise BundleError(f"{METADATA}: {first_problem(error)}") from error
    check_classes(out, parts.schema, parts.classes)
    files[METADATA] = (metadata.model_dump_json(indent=2) + "\n").encode()
    write_folder(out, files)
    return open_bundle(out)
