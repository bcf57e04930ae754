"""Versions of the example's model: alike, and each with a content of its own."""

import shutil
from dataclasses import replace
from pathlib import Path

from bundle import Bundle, open_bundle, parts_of, write_bundle
from tests.support.paths import ROOT

EXAMPLE = ROOT / "bundles" / "churn"


def version(out: Path, threshold: float, name: str = "churn", *, nullable: bool = False) -> Bundle:
    """Write the example's bundle with another threshold, which makes it another version.

    Where it is `nullable`, it takes a first feature without a value, which others of the example don't.
    """
    parts = parts_of(open_bundle(EXAMPLE))
    first, *others = parts.schema.features
    features = [first.model_copy(update={"nullable": nullable}), *others]
    schema = parts.schema.model_copy(update={"features": features})
    return write_bundle(out, replace(parts, threshold=threshold, name=name, schema=schema))


def broken(out: Path) -> Path:
    """Write a bundle whose model is not the one that its metadata says."""
    shutil.copytree(EXAMPLE, out, dirs_exist_ok=True)
    with (out / "model.onnx").open("ab") as model:
        model.write(b"x")
    return out


def put(bundle: Path, place: Path) -> None:
    """Let a copy of a bundle stand at a place, as `training build --out` does it: by rename."""
    fresh, stale = place.with_name(".fresh"), place.with_name(".stale")
    shutil.copytree(bundle, fresh)
    if place.exists():
        place.rename(stale)
    fresh.rename(place)
    shutil.rmtree(stale, ignore_errors=True)
