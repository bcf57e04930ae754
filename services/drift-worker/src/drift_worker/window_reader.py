"""One window as a table: read, decoded, and free of duplicates."""

import gc
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

import pandas as pd
from contract.decoding import LoggedPredictions, RecordReader
from contract.errors import BadRecordError
from contract.reading import Entry, entries
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
    reader = RecordReader(schema, window.partition.model, window.partition.version)
    columns = _Columns(schema)
    seen, dead_letters = 0, list[DeadLetter]()
    with _no_search_for_cycles():
        for batch in batches:
            seen += len(batch)
            for predictions in _decoded(reader, batch, dead_letters):
                columns.append(predictions)
    return WindowRows(
        frame=columns.frame(),
        seen=seen,
        duplicates=columns.duplicates,
        dead_letters=dead_letters,
        traceparents=columns.traceparents[:MAX_LINKS],
    )


@contextmanager
def _no_search_for_cycles() -> Iterator[None]:
    """Decoding makes millions of objects and no cycle; searching them for cycles is a fourth of its time."""
    searched = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if searched:
            gc.enable()


def _decoded(
    reader: RecordReader, batch: list[Entry], dead_letters: list[DeadLetter]
) -> Iterator[LoggedPredictions]:
    """A batch at once, or, where an entry of it is bad, its halves; bad entries go to the dead letters."""
    try:
        yield reader.read([fields for _, fields in batch])
    except BadRecordError as error:
        if len(batch) == 1:
            ((stream_id, fields),) = batch
            dead_letters.append(DeadLetter(stream_id, str(error), fields))
            return
        middle = len(batch) // 2
        for half in (batch[:middle], batch[middle:]):
            yield from _decoded(reader, half, dead_letters)


def _sampled(traceparent: str) -> bool:
    """Whether the trace was kept: a link to any other leads nowhere."""
    return bool(int(traceparent[-2:], 16) & 1)


class _Columns:
    """The rows read so far, column by column: a third of the memory of an object per row."""

    def __init__(self, schema: Schema) -> None:
        self.duplicates = 0
        self.traceparents: list[str] = []
        self._entity = schema.entity
        self._dtypes = {feature.name: _DTYPES[feature.kind] for feature in schema.features}
        self._features: dict[str, list[FeatureValue]] = {name: [] for name in schema.feature_names}
        self._prediction_ids: dict[str, None] = {}
        self._timestamps: list[int] = []
        self._entities: list[str | None] = []
        self._scores: list[float] = []

    def append(self, predictions: LoggedPredictions) -> None:
        """Add the predictions that are not here yet."""
        new = self._new(predictions.prediction_ids)
        if len(new) < len(predictions.prediction_ids):
            self.duplicates += len(predictions.prediction_ids) - len(new)
            predictions = predictions.at(new)
        for name, values in self._features.items():
            values += [features[name] for features in predictions.features]
        self._timestamps += predictions.timestamps_ms
        self._entities += predictions.entities
        self._scores += predictions.scores
        if len(self.traceparents) < MAX_LINKS:
            self.traceparents += [each for each in predictions.traceparents if each and _sampled(each)]

    def _new(self, prediction_ids: list[str]) -> list[int]:
        """The positions of the ids that were not here before, which from now on they are."""
        known, new = self._prediction_ids, list[int]()
        for position, prediction_id in enumerate(prediction_ids):
            if prediction_id not in known:
                known[prediction_id] = None
                new.append(position)
        return new

    def frame(self) -> pd.DataFrame:
        columns: dict[str, object] = {
            "prediction_id": pd.Series(list(self._prediction_ids), dtype=object),
            "timestamp": pd.to_datetime(self._timestamps, unit="ms", utc=True),
            self._entity: pd.Series(self._entities, dtype=object),
        }
        for name, values in self._features.items():
            columns[name] = pd.Series(values, dtype=self._dtypes[name])
        columns["score"] = pd.Series(self._scores, dtype="float64")
        return pd.DataFrame(columns)
