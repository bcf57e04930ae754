"""The files of a bundle by its format, and the hash over everything that decides its answers and verdicts."""

import hashlib
import json
from collections.abc import Mapping
from typing import Final

from bundle.metadata import Format, Identity

MODEL: Final = "model.onnx"
REFERENCE: Final = "reference.parquet"
SCHEMA: Final = "schema.json"
BASELINE: Final = "baseline.json"
CHECK: Final = "check.json"
METADATA: Final = "metadata.json"
FILES: Final[Mapping[Format, tuple[str, ...]]] = {
    1: (MODEL, REFERENCE, SCHEMA, METADATA),
    2: (MODEL, REFERENCE, SCHEMA, BASELINE, CHECK, METADATA),
}

NEWEST: Final[Format] = 2
"""The format that is written; the others are still read."""

VERSION_DIGITS: Final = 12
"""The model's version is this many hex digits from the start of the content hash."""


def content_hash(files: Mapping[str, bytes], identity: Identity) -> str:
    """Return the SHA-256 of a bundle's files and identity, as 64 hex digits.

    The rest of the metadata (library versions, recipe, quality, origin) is left out, because it changes
    neither an answer nor a verdict. The hash of format 1 has fewer fields.
    """
    hashed = [file for file in FILES[identity.format] if file != METADATA]
    fields = {"name", "classes", "threshold"} if identity.format == 1 else {*Identity.model_fields}
    if identity.signature is None:  # as it was before there were signatures
        fields -= {"signature"}
    parts = {
        "files": {file: hashlib.sha256(files[file]).hexdigest() for file in hashed},
        **identity.model_dump(mode="json", include=fields),
    }
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()
