"""The sweep: closes windows by age, enqueues what has no evaluation, and trims what has one."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from contract.keys import SWEEP_HEARTBEAT, Partition
from contract.stream.append import StreamWriter
from contract.stream.read import open_window, partitions, pending_windows
from contract.windows import OpenWindow, Window, milliseconds, stream_order, successor
from redis import Redis
from rq import Queue

from drift_worker.errors import BadLimitError, UnreadablePartitionError
from drift_worker.evaluate.lease import is_leased
from drift_worker.reading import reading
from drift_worker.record.evaluation import evaluation_without_result
from drift_worker.record.store import EvaluationStore
from drift_worker.settings import Settings
from drift_worker.sweep.requeue import Requeuing
from drift_worker.worker.rq_keys import delete_foreign_keys

HEARTBEATS: Final = 6
"""Passes that may be late before the sweep counts as dead."""

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Sweep:
    """Looks after every partition; ages are measured on `clock`, which no one can set back."""

    redis: Redis
    queue: Queue
    settings: Settings
    clock: Callable[[], float] = time.monotonic
    on_failure: Callable[[], None] = lambda: None
    """Called for each partition that a pass could not look after."""

    _opened: dict[Partition, tuple[str, float]] = field(default_factory=dict)
    _requeuing: Requeuing = field(init=False)

    def __post_init__(self) -> None:
        """Raise BadLimitError where windows would expire as soon as they are closed."""
        most, rows = self.settings.stream_max_records, self.settings.window_rows
        if most < 2 * rows:
            raise BadLimitError(
                f"STREAM_MAX_RECORDS={most}: expected at least twice WINDOW_ROWS, which is {rows}"
            )
        self._requeuing = Requeuing(self.redis, self.queue, self.settings.lease_ttl, self.clock)

    def pass_over(self) -> None:
        """Look after every partition once; raises redis.exceptions.RedisError where Redis can't be used.

        A partition that can't be read, such as one with a key of another type, keeps no other from its turn.
        """
        delete_foreign_keys(self.queue)
        for partition in partitions(self.redis):
            try:
                with reading(partition):
                    self._look_after(partition)
            except UnreadablePartitionError as error:
                self.on_failure()
                log.warning("a partition was not looked after: %s", error)
        self.redis.set(SWEEP_HEARTBEAT, "", px=round(HEARTBEATS * 1000 * self.settings.sweep_interval))

    def _look_after(self, partition: Partition) -> None:
        window = open_window(self.redis, partition)
        if window.first is not None:
            self._close_by_age(partition, window, self._opened_at(partition, window.first))
        closed = pending_windows(self.redis, partition)
        self._trim(partition, closed, window)
        waiting = self._expire(partition, closed)
        if len(waiting) < len(closed):
            self._trim(partition, waiting, window)
        self._requeuing.look_after(partition, waiting)

    def _opened_at(self, partition: Partition, first: str) -> float:
        """When the window with that first record got it; what this process did not see, Redis dates."""
        known, opened = self._opened.get(partition, ("", 0.0))
        if known != first:
            seconds, microseconds = self.redis.time()
            opened = self.clock() - max(0.0, seconds + microseconds / 1e6 - milliseconds(first) / 1e3)
            self._opened[partition] = (first, opened)
        return opened

    def _close_by_age(self, partition: Partition, window: OpenWindow, opened: float) -> None:
        age = self.clock() - opened
        if window.rows < self.settings.window_min_rows or age < self.settings.window_max_age:
            return
        writer = StreamWriter(partition, self.settings.window_rows, writer="sweep")
        for window_id in writer.close(self.redis, window.number, "age").closed:
            log.info("closed window %s after %.0f s", window_id, age)

    def _expire(self, partition: Partition, waiting: list[Window]) -> list[Window]:
        """Let the oldest windows expire that nobody evaluates, as far as is needed; gives the others."""
        excess = self.redis.xlen(partition.stream) - self.settings.stream_max_records
        for position, window in enumerate(waiting):
            if excess <= 0 or is_leased(self.redis, window):
                return waiting[position:]
            reason = f"no worker came while the stream grew beyond {self.settings.stream_max_records} records"
            evaluation = evaluation_without_result(window, "expired", reason, error=None)
            if EvaluationStore(self.redis).commit(evaluation, {"expired": window.rows}):
                log.warning("window %s expired with %d records: %s", window.id, window.rows, reason)
            excess -= window.rows
        return []

    def _trim(self, partition: Partition, waiting: list[Window], window: OpenWindow) -> None:
        """Trim what is before every window that waits, and before the open one as it was found."""
        needed_from = min([window.start, *(each.start for each in waiting)], key=stream_order)
        if needed_from != "0-0":
            self.redis.xtrim(partition.stream, minid=successor(needed_from), approximate=False)
