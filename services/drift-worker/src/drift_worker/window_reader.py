"""One window as a table: read, decoded, and free of duplicates."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

import pandas as pd
from contract.errors import BadRecordError
from contract.reading import Entry, entries
from contract.record import LoggedPrediction, RecordReader
from contract.schema import FeatureValue, Kind, Schema
from contract.windows import Window
from redis import Redis

from drift_worker.errors import MissingEntriesError
from drift_worker.store import DeadLetter

_DTYPES: Final[dict[Kind, str]] = {"numerical": "float64", "boolean": "boolean", "categorical": "object"}

MAX_LINKS: Final = 128
"""Traces of requests to which an evaluation's span links: the OpenTelemetry default limit of links."""


@dataclass(slots=True)
class WindowRows:
    """What stands in a window's range of the stream."""

    frame: pd.DataFrame
    """A row per prediction: prediction_id, timestamp, entity, the features, score."""

    seen: int = 0
    """Entries in all."""

    duplicates: int = 0
    dead_letters: list[DeadLetter] = field(default_factory=list)
    traceparents: list[str] = field(default_factory=list)
    """Those of the first sampled requests."""


def read_window(redis: Redis, window: Window, schema: Schema) -> WindowRows:
    """Read a window; raises MissingEntriesError where the stream was cut short within it."""
    rows = read_entries(entries(redis, window), window, schema)
    if rows.seen < window.rows:
        raise MissingEntriesError(
            f"window {window.id} was closed with {window.rows} records; the stream holds {rows.seen} of them"
        )
    return rows


def read_entries(batches: Iterable[list[Entry]], window: Window, schema: Schema) -> WindowRows:
    """Read a window's entries, wherever they come from."""
    partition = window.partition
    reader = RecordReader(schema, partition.model, partition.version)
    columns = _Columns(schema)
    known: set[str] = set()
    dead_letters: list[DeadLetter] = []
    traceparents: list[str] = []
    seen = 0
    for batch in batches:
        seen += len(batch)
        rows: list[LoggedPrediction] = []
        for stream_id, fields in batch:
            try:
                prediction = reader.read(fields)
            except BadRecordError as error:
                dead_letters.append(DeadLetter(stream_id, str(error), fields))
                continue
            if prediction.prediction_id not in known:
                known.add(prediction.prediction_id)
                rows.append(prediction)
        columns.append(rows)
        if len(traceparents) < MAX_LINKS:
            traceparents += [row.traceparent for row in rows if row.traceparent and _sampled(row.traceparent)]
    return WindowRows(
        frame=columns.frame(),
        seen=seen,
        duplicates=seen - len(dead_letters) - len(known),
        dead_letters=dead_letters,
        traceparents=traceparents[:MAX_LINKS],
    )


def _sampled(traceparent: str) -> bool:
    """Whether the trace was kept: a link to any other leads nowhere."""
    return bool(int(traceparent[-2:], 16) & 1)


class _Columns:
    """The rows read so far, column by column: a third of the memory of an object per row."""

    def __init__(self, schema: Schema) -> None:
        self._entity = schema.entity
        self._dtypes = {feature.name: _DTYPES[feature.kind] for feature in schema.features}
        self._features: dict[str, list[FeatureValue]] = {name: [] for name in schema.feature_names}
        self._prediction_ids: list[str] = []
        self._timestamps: list[int] = []
        self._entities: list[str | None] = []
        self._scores: list[float] = []

    def append(self, rows: Sequence[LoggedPrediction]) -> None:
        for name, values in self._features.items():
            values += [row.features[name] for row in rows]
        self._prediction_ids += [row.prediction_id for row in rows]
        self._timestamps += [row.timestamp_ms for row in rows]
        self._entities += [row.entity for row in rows]
        self._scores += [row.score for row in rows]

    def frame(self) -> pd.DataFrame:
        columns: dict[str, object] = {
            "prediction_id": pd.Series(self._prediction_ids, dtype=object),
            "timestamp": pd.to_datetime(self._timestamps, unit="ms", utc=True),
            self._entity: pd.Series(self._entities, dtype=object),
        }
        for name, values in self._features.items():
            columns[name] = pd.Series(values, dtype=self._dtypes[name])
        columns["score"] = pd.Series(self._scores, dtype="float64")
        return pd.DataFrame(columns)
