"""A reference of live windows: what a model saw in weeks that a person has approved, with its times."""

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
from pydantic import ValidationError

from baseline.buckets import BUCKETS, buckets_of
from baseline.document import baseline_of
from bundle import Bundle, Parts, ReferenceOrigin, parts_of, write_bundle
from contract.keys import Partition
from contract.schema import Schema
from contract.times import Time
from contract.windows import is_window_id, last_record, partition_of
from dataset import reference_rows
from training.errors import TrainingError
from training.model.reference import filled_schema, parquet_bytes

ROWS: Final = "window.parquet"
"""The rows of a window, in its folder in REPORTS_DIR."""

EVALUATION: Final = "evaluation.json"

LEAST_ROWS: Final = 100
"""A reference of fewer rows says nothing of others."""


@dataclass(frozen=True, slots=True)
class Span:
    """The windows from one to another, both among them, in the folder that a worker writes its reports to."""

    reports: Path
    first: str
    last: str

    def folders(self, bundle: Bundle) -> list[Path]:
        """The folders of those windows that have rows, oldest first; raises TrainingError."""
        partition = Partition(bundle.name, bundle.version)
        for window_id in (self.first, self.last):
            _refuse_others(window_id, partition)
        low, high = last_record(self.first), last_record(self.last)
        if low > high:
            raise TrainingError(f"--from-windows: {self.first} was closed after {self.last}; exchange them")
        try:
            found = [path for path in self.reports.iterdir() if is_window_id(path.name)]
        except OSError as error:
            raise TrainingError(f"{self.reports}: cannot be read: {error.strerror}") from error
        inside = sorted(
            (
                path
                for path in found
                if partition_of(path.name) == partition
                and low <= last_record(path.name) <= high
                and (path / ROWS).is_file()
            ),
            key=lambda path: last_record(path.name),
        )
        if not inside:
            raise TrainingError(
                f"{self.reports}: holds no rows of windows of {partition} from {self.first} to {self.last}; "
                "expected the REPORTS_DIR of its worker"
            )
        return inside


@dataclass(frozen=True, slots=True)
class Live:
    """A new bundle with a reference of live windows, and the rows of each bucket of hours and weekdays."""

    bundle: Bundle
    windows: Sequence[str]
    rows: int
    buckets: Sequence[int]
    decisions: Mapping[str, int]
    """How many of the windows had which decision, or none."""


def build_from_windows(bundle: Bundle, span: Span, out: Path, zone: str) -> Live:
    """Write a bundle of the same model whose reference is the rows of live windows, with their times.

    Raises TrainingError where the windows aren't there, and BundleError where the folder can't be written.
    """
    if bundle.outdated:
        raise TrainingError(bundle.outdated)
    schema = bundle.schema
    schema = schema.model_copy(update={"time": _time(schema.timestamp, zone)})
    time_and_id = [schema.timestamp, schema.prediction_id]
    folders = span.folders(bundle)
    frame = pd.concat([_rows(folder / ROWS, schema) for folder in folders], ignore_index=True)
    frame = frame.drop_duplicates(time_and_id).sort_values(time_and_id)
    frame = frame.drop(columns=schema.prediction_id).reset_index(drop=True)
    if len(frame) < LEAST_ROWS:
        raise TrainingError(
            f"--from-windows: these windows have {len(frame)} rows; "
            f"expected at least {LEAST_ROWS}, better those of whole weeks"
        )
    schema = filled_schema(schema, frame)
    made = write_bundle(out, _parts(bundle, schema, frame, folders))
    buckets = np.bincount(buckets_of(frame[schema.timestamp], zone), minlength=BUCKETS).tolist()
    return Live(made, [folder.name for folder in folders], len(frame), buckets, _decisions(folders))


def _time(column: str, zone: str) -> Time:
    try:
        return Time(column=column, zone=zone)
    except ValidationError as error:
        raise TrainingError(
            f"--zone: {zone!r} is no time zone; expected a name such as Europe/Berlin"
        ) from error


def _decisions(folders: Sequence[Path]) -> Counter[str]:
    """Count the decisions of windows, as their evaluations were published."""
    found: Counter[str] = Counter()
    for folder in folders:
        try:
            decision = json.loads((folder / EVALUATION).read_bytes()).get("decision")
        except (OSError, ValueError, AttributeError):
            decision = None
        found[decision or "no decision"] += 1
    return found


def _rows(path: Path, schema: Schema) -> pd.DataFrame:
    try:
        rows = pd.read_parquet(path)
    except (ValueError, OSError) as error:
        raise TrainingError(f"{path}: is damaged; leave its window out, or restore the file") from error
    names = [*schema.feature_names, *schema.outputs, schema.timestamp, schema.prediction_id]
    missing = [name for name in (schema.entity, *names) if name not in rows.columns]
    if missing:
        raise TrainingError(f"{path}: has no column {', '.join(missing)}; its window is of another schema")
    return reference_rows(rows, schema).assign(**{schema.prediction_id: rows[schema.prediction_id]})


def _parts(bundle: Bundle, schema: Schema, frame: pd.DataFrame, folders: Sequence[Path]) -> Parts:
    baseline = baseline_of(frame, schema, schema.outputs)
    digest = hashlib.sha256(b"".join((folder / ROWS).read_bytes() for folder in folders))
    return replace(
        parts_of(bundle),
        reference=parquet_bytes(frame, schema),
        baseline=(baseline.model_dump_json() + "\n").encode(),
        schema=schema,
        data_hash=digest.hexdigest(),
        created_from=f"{folders[0].name} to {folders[-1].name}",
        origin=ReferenceOrigin(rows=len(frame), scores="held-out"),
        accepted=(),
    )


def _refuse_others(window_id: str, partition: Partition) -> None:
    """Raise TrainingError for what is no window of the model version."""
    if not is_window_id(window_id) or partition_of(window_id) != partition:
        raise TrainingError(
            f"--from-windows: {window_id} is no window of {partition}, which the bundle is; "
            "`drift-worker evaluations` lists them"
        )
