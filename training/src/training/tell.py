"""What `training build` says of a new bundle."""

import shlex
from collections import Counter
from typing import Final

from baseline.buckets import NAMES
from baseline.document import read_baseline
from bundle import METRICS, Bundle, Metadata, Scores
from contract.task import class_text
from training.build import Built
from training.live import Live
from training.model.quality import CHANCE

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
    """Print what was left out or assumed, and what the bundle keeps."""
    bundle = built.bundle
    for assumed in built.assumed:
        print(assumed)
    for ignored in built.ignored:
        print(f"ignored, not in the schema: {ignored}")
    print(f"wrote {bundle.path}: model {bundle.name}, version {bundle.version}")
    print(_target(bundle.metadata))
    sizes = {name: (bundle.path / name).stat().st_size for name in bundle.files}
    for name, size in {**sizes, "together": sum(sizes.values())}.items():
        print(f"  {name:<17}  {_kilobytes(size):>9}")
    _tell_quality(bundle.metadata)
    _tell_columns(bundle)
    origin = bundle.metadata.reference
    print(f"the reference's {origin.rows} scores are {MADE[origin.scores]}")
    print(
        f"next: BUNDLE={shlex.quote(str(bundle.path))} make up    # serves it; DATA=FOLDER replays its months"
    )


def tell_live(live: Live, zone: str) -> None:
    """Print what a reference of live windows was made of, what it lacks, and how to serve it."""
    bundle = live.bundle
    print(f"wrote {bundle.path}: model {bundle.name}, version {bundle.version}; the model is the same")
    print(f"the reference: {live.rows:,} rows of {len(live.windows)} windows, {bundle.metadata.created_from}")
    decisions = ", ".join(f"{name} {count}" for name, count in sorted(live.decisions.items()))
    print(f"what was decided in these windows, which are normal from now on: {decisions}")
    missing = [name for name, rows in zip(NAMES, live.buckets, strict=True) if not rows]
    if missing:
        print(f"no rows of {', '.join(missing)} ({zone}): rows of these times cannot be judged")
    print(f"next: start predict and drift-worker with BUNDLE={bundle.path}")


def _tell_quality(metadata: Metadata) -> None:
    measured = metadata.validation
    if measured is None:
        print(
            "quality not measured: the data have no labels, or too few rows; drift will be seen, but nobody "
            "can say how good the model was, what its scores mean, or which features it relies on"
        )
        return
    figures = ", ".join(each.named for each in (measured, *measured.also))
    print(f"{figures} on {measured.rows} rows ({measured.method})")
    if measured.metric == "auc" and measured.value < CHANCE:
        print("that is no better than chance: the features say nothing of the label")
    if metadata.importance:
        ordered = sorted(metadata.importance.items(), key=lambda item: -item[1])[:MOST_IMPORTANT]
        print(
            "most important: "
            + ", ".join(f"{name} ({worth:.4f} of {METRICS[measured.metric]})" for name, worth in ordered)
        )


def _target(metadata: Metadata) -> str:
    classes = ", ".join(class_text(value) for value in metadata.classes)
    if metadata.task == "regression":
        return "it predicts a number (regression)"
    if metadata.task == "multiclass":
        return f"it predicts one of {len(metadata.classes)} classes (multiclass): {classes}"
    positive = class_text(metadata.classes[1])
    return f"it predicts {classes} (binary): {positive} from a probability of {metadata.threshold:g} on"


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
