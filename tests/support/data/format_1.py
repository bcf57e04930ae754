"""Bundles of format 1, as Driftline 0.1.0 wrote them: four files, and a hash of fewer fields."""

import hashlib
import json
from pathlib import Path
from typing import Any

from bundle import Bundle, Scorer, open_bundle
from contract.task import SCORE
from dataset import read_reference
from tests.support.data.models import parts
from tests.support.data.scored import scored
from training.model.reference import parquet_bytes

HASHED = ("model.onnx", "reference.parquet", "schema.json")


def write_format_1(folder: Path, files: dict[str, bytes], **metadata: Any) -> Path:
    """Write a bundle of these three files; its metadata are those of a small model, with these changed."""
    decisive = {"name": "small", "classes": [False, True], "threshold": 0.5}
    decisive |= {name: metadata[name] for name in decisive if name in metadata}
    hashes = {name: hashlib.sha256(files[name]).hexdigest() for name in HASHED}
    digest = hashlib.sha256(json.dumps({"files": hashes, **decisive}, sort_keys=True).encode()).hexdigest()
    rest = {
        "version": digest[:12],
        "content_hash": digest,
        "data_hash": "0" * 64,
        "libraries": {"onnxruntime": "1", "scikit-learn": "1"},
        "validation": {"auc": 0.75, "method": "hold-out", "rows": 25, "trained_rows": 75},
        "created_from": "tests/month_000",
    }
    folder.mkdir(parents=True)
    for name in HASHED:
        (folder / name).write_bytes(files[name])
    (folder / "metadata.json").write_text(json.dumps(decisive | rest | metadata, indent=2))
    return folder


def small_format_1(folder: Path, **metadata: Any) -> Path:
    """A small bundle of format 1."""
    small = parts()
    schema = small.schema.model_dump_json(exclude_none=True).encode()
    files = {"model.onnx": small.model, "reference.parquet": small.reference, "schema.json": schema}
    return write_format_1(folder, files, **metadata)


def as_format_1(bundle: Bundle, folder: Path) -> Bundle:
    """The same model as 0.1.0 built it: the model itself had scored the rows of its reference."""
    reference = read_reference(bundle.reference_path, bundle.schema).drop(columns=SCORE)
    served = scored(reference, bundle.schema, Scorer(bundle.model_path, bundle.schema))
    files = {name: (bundle.path / name).read_bytes() for name in HASHED}
    files["reference.parquet"] = parquet_bytes(served, bundle.schema)
    classes, threshold = list(bundle.metadata.classes), bundle.metadata.threshold
    return open_bundle(write_format_1(folder, files, name=bundle.name, classes=classes, threshold=threshold))
