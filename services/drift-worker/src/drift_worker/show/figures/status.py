"""What stands in Redis at one moment, model version by model version, for metrics and commands."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, cast

from redis import Redis
from redis.exceptions import RedisError
from rq import Queue
from rq.registry import StartedJobRegistry

from contract.keys import Partition, heartbeat_key
from contract.ledger import Ledger
from contract.partition import ledger, open_window, partitions, pending_windows
from contract.versions.use import Use, read_use
from contract.windows import OpenWindow, milliseconds, period_of
from drift_worker.record.evaluation import Evaluation
from drift_worker.record.quality.evaluation import QualityEvaluation
from drift_worker.record.quality.store import QualityStore
from drift_worker.record.store import EvaluationStore
from drift_worker.show.figures.labels import LabelStatus, read_label_status

FRESH: Final = 1.0
"""Seconds for which a status may be given again: the callbacks of one export share one reading."""


@dataclass(frozen=True, slots=True)
class VersionStatus:
    """One version of one model."""

    partition: Partition
    use: Use
    ledger: Ledger
    stream_records: int
    pending: int
    oldest_pending_seconds: float
    open_until: float | None
    """When the open window's period ends, in seconds since the epoch; None without period or record."""

    tally: Mapping[str, int]
    latest: Evaluation | None
    """The newest evaluation; None where there is none, or once the version is retired."""

    quality: QualityEvaluation | None = None
    """The newest quality evaluation; None where there is none, or once the version is retired."""


@dataclass(frozen=True, slots=True)
class RedisMemory:
    """What Redis holds in memory, and may hold, in bytes."""

    used: int
    limit: int | None
    """None where Redis has no `maxmemory`."""


@dataclass(frozen=True, slots=True)
class Status:
    """Everything that the sweep publishes."""

    every: list[VersionStatus]
    """Of whichever version there ever was."""

    labels: Mapping[str, LabelStatus]
    """Of each model that has a version in use."""

    queued: int
    started: int
    workers: int
    memory: RedisMemory

    @property
    def versions(self) -> list[VersionStatus]:
        """The versions in use: all that are not retired."""
        return [each for each in self.every if not each.use.is_retired]


class StatusReader:
    """Reads the status from Redis; raises redis.exceptions.RedisError."""

    def __init__(self, redis: Redis, queue: Queue, clock: Callable[[], float] = time.monotonic) -> None:
        self._redis = redis
        self._queue = queue
        self._clock = clock
        self._store = EvaluationStore(redis)
        self._quality = QualityStore(redis)
        self._last: tuple[float, Status | RedisError] | None = None

    def read(self) -> Status:
        """The status, read at most FRESH seconds ago; so is an error, since the client tries for seconds."""
        if self._last is None or self._clock() - self._last[0] > FRESH:
            found = self._read_or_error()
            self._last = (self._clock(), found)
        if isinstance(self._last[1], RedisError):
            raise self._last[1]
        return self._last[1]

    def _read_or_error(self) -> Status | RedisError:
        try:
            return self._read()
        except RedisError as error:
            return error

    def _read(self) -> Status:
        every, now = [self._version(partition) for partition in partitions(self._redis)], self._now()
        return Status(
            every=every,
            labels={
                model: read_label_status(self._redis, model, now)
                for model in sorted({each.partition.model for each in every if not each.use.is_retired})
            },
            queued=self._queue.count,
            started=StartedJobRegistry(queue=self._queue).get_job_count(cleanup=False),
            workers=sum(1 for _ in self._redis.scan_iter(match=heartbeat_key("*"))),
            memory=self._memory(),
        )

    def _version(self, partition: Partition) -> VersionStatus:
        use = read_use(self._redis, partition)
        now, latest = use.now / 1e3, None if use.is_retired else self._store.latest(partition)
        pending = pending_windows(self._redis, partition)
        closed = min((milliseconds(window.last) / 1e3 for window in pending), default=now)
        return VersionStatus(
            partition=partition,
            use=use,
            ledger=ledger(self._redis, partition),
            stream_records=self._redis.xlen(partition.stream),
            pending=len(pending),
            oldest_pending_seconds=max(0.0, now - closed),
            open_until=_end(open_window(self._redis, partition)),
            tally=self._tally(partition),
            latest=latest,
            quality=self._quality.newest(partition) if latest else None,
        )

    def _memory(self) -> RedisMemory:
        told = self._redis.info("memory")
        return RedisMemory(used=told["used_memory"], limit=told["maxmemory"] or None)

    def _now(self) -> float:
        """The time by the clock of Redis, in seconds since the epoch."""
        seconds, microseconds = self._redis.time()
        return float(seconds + microseconds / 1e6)

    def _tally(self, partition: Partition) -> dict[str, int]:
        counts = cast("dict[bytes, bytes]", self._redis.hgetall(partition.tally))
        return {name.decode(): int(count) for name, count in counts.items()}


def _end(window: OpenWindow) -> float | None:
    if window.first is None or window.period is None:
        return None
    return period_of(window.first, window.period)[1] / 1e3
