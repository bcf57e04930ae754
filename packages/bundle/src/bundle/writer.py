"""The writer of bundles: hashes and verifies the parts, and writes all of them or none."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import ValidationError

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
from bundle.errors import BundleError
from bundle.folder import refuse_foreign, write_folder
from bundle.metadata import (
    MODEL_NAME,
    Acceptance,
    Calibration,
    ClassCalibration,
    Identity,
    Metadata,
    Output,
    Recipe,
    ReferenceOrigin,
    Validation,
)
from bundle.reader import Bundle, check_classes, open_bundle
from bundle.signature import Signature
from contract.schema import Schema, first_problem
from contract.task import ClassValue, Kind, Task


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts of a bundle; model (ONNX), reference (Parquet), baseline and check (JSON) are bytes."""

    name: str
    model: bytes
    reference: bytes
    baseline: bytes
    check: bytes
    schema: Schema
    classes: tuple[ClassValue, ...]
    data_hash: str
    created_from: str
    origin: ReferenceOrigin
    recipe: Recipe
    libraries: Mapping[str, str]
    validation: Validation | None = None
    importance: Mapping[str, float] = field(default_factory=dict)
    calibration: Calibration | None = None
    class_calibrations: tuple[ClassCalibration, ...] = ()
    value_bounds: tuple[float, ...] | None = None
    threshold: float | None = 0.5
    signature: Signature | None = None
    accepted: tuple[Acceptance, ...] = ()


def parts_of(bundle: Bundle) -> Parts:
    """Take a bundle apart, so that another one can be made of some of its parts; raises BundleError."""
    metadata, check = bundle.metadata, bundle.check_path
    if metadata.recipe is None or bundle.baseline_path is None or check is None:
        raise BundleError(f"{bundle.path}: the bundle has no recipe; build it anew with `training build`")
    return Parts(
        name=bundle.name,
        model=bundle.model_path.read_bytes(),
        reference=bundle.reference_path.read_bytes(),
        baseline=bundle.baseline_path.read_bytes(),
        check=check.read_bytes(),
        schema=bundle.schema,
        classes=metadata.classes,
        data_hash=metadata.data_hash,
        created_from=metadata.created_from,
        origin=metadata.reference,
        recipe=metadata.recipe,
        libraries=metadata.libraries,
        validation=metadata.validation,
        importance=metadata.importance,
        calibration=metadata.calibration,
        class_calibrations=metadata.class_calibrations,
        value_bounds=metadata.value_bounds,
        threshold=metadata.threshold,
        signature=metadata.signature,
        accepted=metadata.accepted,
    )


def check_target(out: Path, name: str) -> None:
    """Raise BundleError where a bundle of that name can't be written to `out`; call it before training."""
    if not re.fullmatch(MODEL_NAME, name):
        raise BundleError(
            f"{name!r} is no model name; expected at most 64 lower-case letters, digits, - and _, "
            "a letter or digit first; give one with --name"
        )
    refuse_foreign(out.absolute(), FILES[NEWEST])


def write_bundle(out: Path, parts: Parts) -> Bundle:
    """Write a bundle to a folder, and replace an older bundle there; the same parts give the same hash.

    Raises BundleError where the parts contradict each other, or where the folder can't be written.
    """
    files = {
        MODEL: parts.model,
        REFERENCE: parts.reference,
        SCHEMA: (parts.schema.model_dump_json(indent=2, exclude_none=True) + "\n").encode(),
        BASELINE: parts.baseline,
        CHECK: parts.check,
    }
    try:
        metadata = _metadata(files, parts)
    except ValidationError as error:
        raise BundleError(f"{METADATA}: {first_problem(error)}") from error
    check_classes(out, parts.schema, metadata)
    files[METADATA] = (_readable(metadata.model_dump(mode="json")) + "\n").encode()
    write_folder(out, files)
    return open_bundle(out)


def _metadata(files: Mapping[str, bytes], parts: Parts) -> Metadata:
    task = parts.schema.task or "binary"
    identity = Identity(
        format=NEWEST,
        name=parts.name,
        task=task,
        classes=parts.classes,
        threshold=parts.threshold if task == "binary" else None,
        outputs=tuple(
            _output(name, kind, task, parts.classes) for name, kind in parts.schema.outputs.items()
        ),
        signature=parts.signature,
    )
    digest = content_hash(files, identity)
    return Metadata(
        **{name: getattr(identity, name) for name in Identity.model_fields},
        version=digest[:VERSION_DIGITS],
        content_hash=digest,
        data_hash=parts.data_hash,
        created_from=parts.created_from,
        reference=parts.origin,
        validation=parts.validation,
        importance=dict(parts.importance),
        calibration=parts.calibration,
        class_calibrations=parts.class_calibrations,
        recipe=parts.recipe,
        value_bounds=parts.value_bounds,
        libraries=dict(parts.libraries),
        accepted=parts.accepted,
    )


def _output(name: str, kind: Kind, task: Task, classes: Sequence[ClassValue]) -> Output:
    if task == "regression":
        return Output(name=name, kind="value", of=None)
    if kind == "categorical":
        return Output(name=name, kind="class", of=None)
    return Output(name=name, kind="probability", of=classes[1] if task == "binary" else None)


def _readable(value: Any, indent: str = "") -> str:
    """Return a value as JSON, with a line for each field of an object, and each list on one line."""
    if not isinstance(value, dict) or not value:
        return json.dumps(value, ensure_ascii=False)
    fields = [
        f"{indent}  {json.dumps(name)}: {_readable(each, indent + '  ')}" for name, each in value.items()
    ]
    return "{\n" + ",\n".join(fields) + f"\n{indent}}}"
