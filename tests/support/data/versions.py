"""Versions of the example's model: alike, and each with a content of its own."""

import shutil
from dataclasses import replace
from pathlib import Path

from bundle import Bundle, open_bundle, parts_of, write_bundle
from tests.support.paths import ROOT

EXAMPLE = ROOT / "bundles" / "churn"


def version(out: Path, threshold: float, name: str = "churn") -> Bundle:
    """Write the example's bundle with another threshold, which makes it another version."""
    parts = parts_of(open_bundle(EXAMPLE))
    return write_bundle(out, replace(parts, threshold=threshold, name=name))


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
