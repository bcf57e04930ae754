"""What `training build` says of a new bundle."""

from collections import Counter
from typing import Final

from baseline.document import read_baseline
from bundle import Bundle, Metadata, Scores

from training.build import Built

CHANCE: Final = 0.5
"""The AUC of a model that guesses."""

MOST_IMPORTANT: Final = 3

SEEN_ROWS: Final = (
    "the reference's scores are the model's own, on rows that it may have been trained on, so live scores "
    "can seem to drift: build with data that it was not trained on, and say so with --held-out"
)

MADE: Final[dict[Scores, str]] = {
    "out-of-fold": "out-of-fold: each row was scored by a model that had not seen it",
    "held-out": "held-out: the model itself scored rows that it was not trained on",
    "training": "training: the model itself scored rows that it may have been trained on",
}


def tell(built: Built) -> None:
    """Print what was left out, and what the bundle keeps."""
    bundle = built.bundle
    for ignored in built.ignored:
        print(f"ignored, not in the schema: {ignored}")
    print(f"wrote {bundle.path}: model {bundle.name}, version {bundle.version}")
    sizes = {name: (bundle.path / name).stat().st_size for name in bundle.files}
    for name, size in {**sizes, "together": sum(sizes.values())}.items():
        print(f"  {name:<17}  {_kilobytes(size):>9}")
    _tell_quality(bundle.metadata)
    _tell_columns(bundle)
    origin = bundle.metadata.reference
    print(f"the reference's {origin.rows} scores are {MADE[origin.scores]}")


def _tell_quality(metadata: Metadata) -> None:
    measured = metadata.validation
    if measured is None:
        print("AUC not measured: the data have no labels, or fewer than two rows of a class")
        return
    print(f"AUC {measured.figure} on {measured.rows} rows ({measured.method})")
    if measured.value < CHANCE:
        print("that is worse than chance: is the model's second class the schema's positive label?")
    if metadata.importance:
        ordered = sorted(metadata.importance.items(), key=lambda item: -item[1])[:MOST_IMPORTANT]
        print("most important: " + ", ".join(f"{name} ({worth:.4f} of AUC)" for name, worth in ordered))


def _tell_columns(bundle: Bundle) -> None:
    if bundle.baseline_path is None:
        return
    columns = read_baseline(bundle.baseline_path).columns
    methods = Counter(column.method for column in columns.values())
    print("columns compared by " + ", ".join(f"{name}: {count}" for name, count in sorted(methods.items())))
    left_out = [name for name in bundle.schema.feature_names if name not in columns]
    if left_out:
        print(f"columns not watched (drift.ignore): {', '.join(left_out)}")


def _kilobytes(size: int) -> str:
    return f"{size / 1000:,.1f} kB"
