"""One window as a table: read, decoded, and free of duplicates."""

import gc
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

import pandas as pd
from redis import Redis

from contract.errors import BadRecordError
from contract.schema import Schema
from contract.stream.decode import LoggedPredictions, RecordReader
from contract.stream.read import Entry, entries
from contract.times import TIMESTAMP
from contract.windows import Window, stream_time
from drift_worker.errors import MissingEntriesError
from drift_worker.window.columns import MAX_LINKS, WindowColumns
from drift_worker.window.dead_letters import DeadLetter


@dataclass(slots=True)
class WindowRows:
    """What stands in a window's range of the stream."""

    frame: pd.DataFrame
    """A row per prediction: prediction_id, timestamp, entity, the features, the model's output."""

    seen: int = 0
    """Entries in all."""

    timestamp: str = TIMESTAMP
    """The column of the times at which predictions were accepted."""

    duplicates: int = 0
    dead_letters: list[DeadLetter] = field(default_factory=list)
    traceparents: list[str] = field(default_factory=list)
    """Those of the first sampled requests."""

    @property
    def accepted(self) -> "pd.Series[pd.Timestamp]":
        """When each prediction was accepted."""
        return self.frame[self.timestamp]

    def times(self, window: Window) -> tuple[datetime, datetime]:
        """The first and the last time at which a record was accepted; Redis' own where no record was read."""
        if self.frame.empty:
            return stream_time(window.first), stream_time(window.last)
        return self.accepted.min().to_pydatetime(), self.accepted.max().to_pydatetime()

    def ledger_counts(self, window: Window) -> dict[str, int]:
        """How many records ended in which state; `foreign` are those that the append script didn't write."""
        return {
            "foreign": self.seen - window.rows,
            "evaluated": len(self.frame),
            "dead_lettered": len(self.dead_letters),
            "duplicate": self.duplicates,
        }


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
    columns = WindowColumns(schema)
    seen, dead_letters = 0, list[DeadLetter]()
    with _no_search_for_cycles():
        for batch in batches:
            seen += len(batch)
            for predictions in _decoded(reader, batch, dead_letters):
                columns.append(predictions)
    records = columns.frame()
    repeated = records[schema.prediction_id].duplicated()
    return WindowRows(
        frame=records[~repeated].reset_index(drop=True),
        seen=seen,
        timestamp=schema.timestamp,
        duplicates=int(repeated.sum()),
        dead_letters=dead_letters,
        traceparents=[*dict.fromkeys(columns.traceparents)][:MAX_LINKS],
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
