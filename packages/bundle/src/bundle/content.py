"""The files of a bundle, and the hash over everything that decides its answers."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Final

from bundle.metadata import ClassValue

MODEL: Final = "model.onnx"
REFERENCE: Final = "reference.parquet"
SCHEMA: Final = "schema.json"
METADATA: Final = "metadata.json"
FILES: Final = (MODEL, REFERENCE, SCHEMA, METADATA)

VERSION_DIGITS: Final = 12
"""The model's version is this many hex digits from the start of the content hash."""


def content_hash(
    files: Mapping[str, bytes], name: str, classes: Sequence[ClassValue], threshold: float
) -> str:
    """Return the SHA-256 of model, reference, schema, name, classes and threshold, as 64 hex digits.

    Library versions, validation figures and origin are left out, because they don't change an answer.
    """
    parts = {
        "files": {file: hashlib.sha256(files[file]).hexdigest() for file in (MODEL, REFERENCE, SCHEMA)},
        "name": name,
        "classes": list(classes),
        "threshold": threshold,
    }
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()
