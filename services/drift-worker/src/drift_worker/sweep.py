"""The sweep: closes windows by age, enqueues what has no evaluation, and trims what has one."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from contract.append import StreamWriter
from contract.keys import SWEEP_HEARTBEAT, Partition
from contract.queue import enqueue
from contract.reading import open_window, partitions, pending_windows
from contract.windows import OpenWindow, Window, milliseconds, successor
from redis import Redis
from redis.exceptions import ResponseError
from rq import Queue

from drift_worker.dead_jobs import delete_if_dead
from drift_worker.errors import BadLimitError
from drift_worker.evaluation import evaluation_without_result
from drift_worker.settings import Settings
from drift_worker.store import EvaluationStore

BACK_OFF_MAX: Final = 2
"""The longest wait, in lifetimes of a lease, before a window is enqueued again: where its worker died, it is
to have another within a minute."""

HEARTBEATS: Final = 6
"""Passes that may be late before the sweep counts as dead."""

log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Retry:
    """How often the sweep has enqueued a window, and when it may again."""

    times: int = 0
    not_before: float = 0.0


@dataclass(slots=True)
class Sweep:
    """Looks after every partition; ages are measured on `clock`, which no one can set back."""

    redis: Redis
    queue: Queue
    settings: Settings
    clock: Callable[[], float] = time.monotonic
    _opened: dict[tuple[Partition, int], float] = field(default_factory=dict)
    _retries: dict[str, _Retry] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Raise BadLimitError where windows would expire as soon as they are closed."""
        most, rows = self.settings.stream_max_records, self.settings.window_rows
        if most < 2 * rows:
            raise BadLimitError(
                f"STREAM_MAX_RECORDS={most}: expected at least twice WINDOW_ROWS, which is {rows}"
            )

    def pass_over(self) -> None:
        """Look after every partition once; raises redis.exceptions.RedisError."""
        opened: dict[tuple[Partition, int], float] = {}
        retries: dict[str, _Retry] = {}
        for partition in partitions(self.redis):
            try:
                self._look_after(partition, opened, retries)
            except (ResponseError, ValueError) as error:
                log.warning("%s can't be looked after: %s", partition, error)
        self._opened, self._retries = opened, retries
        self.redis.set(SWEEP_HEARTBEAT, "", px=round(HEARTBEATS * 1000 * self.settings.sweep_interval))

    def _look_after(
        self, partition: Partition, opened: dict[tuple[Partition, int], float], retries: dict[str, _Retry]
    ) -> None:
        window = open_window(self.redis, partition)
        if window.first is not None:
            opened[partition, window.number] = self._opened_at(partition, window, window.first)
            self._close_by_age(partition, window, opened[partition, window.number])
        pending = pending_windows(self.redis, partition)
        self._trim(partition, pending[0].start if pending else window.start)
        waiting = self._expire(partition, pending)
        for closed in waiting:
            retries[closed.id] = self._enqueue_again(closed, self._retries.get(closed.id, _Retry()))
        if len(waiting) < len(pending):
            self._trim(partition, waiting[0].start if waiting else window.start)

    def _opened_at(self, partition: Partition, window: OpenWindow, first: str) -> float:
        """When the window got its first record; what this process did not see, Redis dates."""
        known = self._opened.get((partition, window.number))
        if known is not None:
            return known
        seconds, microseconds = self.redis.time()
        age = max(0.0, seconds + microseconds / 1e6 - milliseconds(first) / 1e3)
        return self.clock() - age

    def _close_by_age(self, partition: Partition, window: OpenWindow, opened: float) -> None:
        age = self.clock() - opened
        if window.rows < self.settings.window_min_rows or age < self.settings.window_max_age:
            return
        writer = StreamWriter(partition, self.settings.window_rows, writer="sweep")
        for window_id in writer.close(self.redis, window.number, "age").closed:
            log.info("closed window %s after %.0f s", window_id, age)

    def _enqueue_again(self, window: Window, retry: _Retry) -> _Retry:
        if self.clock() < retry.not_before or self.redis.exists(window.partition.lease(window.id)):
            return retry
        try:
            queued = enqueue(self.queue, window.id)
        except ResponseError:
            queued = False  # its job's key holds something else
        if not queued and delete_if_dead(self.queue, window.id, self.settings.lease_ttl):
            queued = enqueue(self.queue, window.id)
        if not queued:
            return retry
        wait = self.settings.lease_ttl * min(2**retry.times, BACK_OFF_MAX)
        log.info("enqueued window %s; again in %.0f s if it has no evaluation then", window.id, wait)
        return _Retry(retry.times + 1, self.clock() + wait)

    def _expire(self, partition: Partition, waiting: list[Window]) -> list[Window]:
        """Let the oldest windows expire that nobody evaluates, as far as is needed; gives the others."""
        excess = self.redis.xlen(partition.stream) - self.settings.stream_max_records
        for position, window in enumerate(waiting):
            if excess <= 0 or self.redis.exists(partition.lease(window.id)):
                return waiting[position:]
            reason = f"no worker came while the stream grew beyond {self.settings.stream_max_records} records"
            evaluation = evaluation_without_result(window, "expired", reason, error=None)
            if EvaluationStore(self.redis).commit(evaluation, {"expired": window.rows}):
                log.warning("window %s expired with %d records: %s", window.id, window.rows, reason)
            excess -= window.rows
        return []

    def _trim(self, partition: Partition, needed_from: str) -> None:
        """Trim what is before the oldest window that waits, else before the open one as it was found."""
        if needed_from != "0-0":
            self.redis.xtrim(partition.stream, minid=successor(needed_from), approximate=False)
