"""Windows to evaluate: the example's predictions, put into the stream as predict puts them."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final
from uuid import UUID, uuid4

import numpy as np
from pydantic_core import to_json
from redis import Redis

from bundle import Bundle, Scorer
from contract.keys import Partition
from contract.partition import pending_windows, register
from contract.stream.append import APPEND, Batch, StreamWriter
from contract.stream.record import Record
from contract.windows import Window
from simulator.scenario.month import read_month

BATCH: Final = 256
"""Records of one call of the append script, as predict sends at most."""

POLL: Final = 0.05


@dataclass(frozen=True, slots=True)
class WindowSource:
    """The records of a month's predictions, and windows made of them."""

    partition: Partition
    records: Sequence[Record]

    def closed_window(self, redis: Redis, rows: int) -> Window:
        """Empty the database, append so many records by the append script, give the window that it closed."""
        redis.flushall()
        register(redis, self.partition)
        writer = StreamWriter(self.partition, rows, uuid4().hex)
        order = self._order(rows)
        for begin in range(0, rows, BATCH):
            numbers = range(begin, min(begin + BATCH, rows))
            batch = Batch(begin + 1, [self._record(n, order[n]) for n in numbers])
            APPEND.run(redis, *writer.call(batch))
        _wait_for_disk(redis)
        (window,) = pending_windows(redis, self.partition)
        return window

    def _order(self, rows: int) -> list[int]:
        """The month's first rows; for a window beyond the month, its rows drawn again and again."""
        if rows <= len(self.records):
            return list(range(rows))
        return [int(row) for row in np.random.default_rng(0).integers(len(self.records), size=rows)]

    def _record(self, number: int, row: int) -> Record:
        """The prediction of that row, as the one of that number in the window."""
        record = self.records[row]
        return replace(
            record,
            prediction_id=str(UUID(int=number)),
            timestamp_ms=record.timestamp_ms + number,
            traceparent=f"00-{number + 1:032x}-{number + 1:016x}-00",
        )


def reopen(redis: Redis, window: Window) -> None:
    """Make the window what it was before its evaluation: closed, and without one."""
    redis.hset(window.partition.pending, window.id, window.model_dump_json())
    redis.hdel(window.partition.evaluations, window.id)


def window_source(bundle: Bundle, month: Path) -> WindowSource:
    """The predictions of a month by the bundle's model; raises simulator.errors.DataError."""
    rows = read_month(month, bundle.schema).rows
    columns = {name: [row.features[name] for row in rows] for name in bundle.schema.feature_names}
    scores = Scorer(bundle.model_path, bundle.schema).score_columns(columns).tolist()
    began = int(time.time() * 1000)
    records = [
        Record(
            prediction_id="",
            timestamp_ms=began,
            model=bundle.name,
            version=bundle.version,
            entity=row.entity,
            features_json=to_json(row.features),
            score=score,
            traceparent=None,
        )
        for row, score in zip(rows, scores, strict=True)
    ]
    return WindowSource(Partition(bundle.name, bundle.version), records)


def _wait_for_disk(redis: Redis) -> None:
    """Wait until Redis no longer rewrites its file, which would slow what is measured next."""
    while redis.info("persistence")["aof_rewrite_in_progress"]:
        time.sleep(POLL)
