"""What stands in Redis at one moment, model by model, for metrics and commands."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, cast

from contract.keys import Partition, heartbeat_key
from contract.ledger import Ledger
from contract.partition import ledger, partitions, pending_windows
from contract.windows import milliseconds
from redis import Redis
from rq import Queue
from rq.registry import StartedJobRegistry

from drift_worker.record.evaluation import Evaluation
from drift_worker.record.store import EvaluationStore

FRESH: Final = 1.0
"""Seconds for which a status may be given again: the callbacks of one export share one reading."""


@dataclass(frozen=True, slots=True)
class ModelStatus:
    """One model over all of its versions; `latest` is its newest evaluation."""

    model: str
    ledger: Ledger
    imbalance: int
    stream_records: int
    pending: int
    oldest_pending_seconds: float
    tally: Mapping[str, int]
    latest: Evaluation | None


@dataclass(frozen=True, slots=True)
class Status:
    """Everything that the sweep publishes."""

    models: list[ModelStatus]
    queued: int
    started: int
    workers: int


class StatusReader:
    """Reads the status from Redis; raises redis.exceptions.RedisError."""

    def __init__(self, redis: Redis, queue: Queue, clock: Callable[[], float] = time.monotonic) -> None:
        self._redis = redis
        self._queue = queue
        self._clock = clock
        self._store = EvaluationStore(redis)
        self._last: tuple[float, Status] | None = None

    def read(self) -> Status:
        """The status, read at most FRESH seconds ago."""
        if self._last is None or self._clock() - self._last[0] > FRESH:
            self._last = (self._clock(), self._read())
        return self._last[1]

    def _read(self) -> Status:
        by_model: dict[str, list[Partition]] = {}
        for partition in partitions(self._redis):
            by_model.setdefault(partition.model, []).append(partition)
        return Status(
            models=[self._model(model, versions) for model, versions in by_model.items()],
            queued=self._queue.count,
            started=StartedJobRegistry(queue=self._queue).get_job_count(cleanup=False),
            workers=sum(1 for _ in self._redis.scan_iter(match=heartbeat_key("*"))),
        )

    def _model(self, model: str, versions: list[Partition]) -> ModelStatus:
        ledgers = [ledger(self._redis, version) for version in versions]
        pending = [window for version in versions for window in pending_windows(self._redis, version)]
        evaluations = [found for version in versions if (found := self._store.latest(version))]
        return ModelStatus(
            model=model,
            ledger=_sum(ledgers),
            imbalance=sum(each.imbalance for each in ledgers),
            stream_records=sum(self._redis.xlen(version.stream) for version in versions),
            pending=len(pending),
            oldest_pending_seconds=self._age(min(milliseconds(window.last) for window in pending))
            if pending
            else 0.0,
            tally=self._tally(versions),
            latest=max(evaluations, key=lambda evaluation: evaluation.last_time, default=None),
        )

    def _age(self, stream_time_ms: int) -> float:
        seconds, microseconds = self._redis.time()
        return max(0.0, seconds + microseconds / 1e6 - stream_time_ms / 1e3)

    def _tally(self, versions: list[Partition]) -> dict[str, int]:
        tally: dict[str, int] = {}
        for version in versions:
            counts = cast("dict[bytes, bytes]", self._redis.hgetall(version.tally))
            for name, count in ((key.decode(), int(value)) for key, value in counts.items()):
                newest_wins = name.startswith("decided_at:")
                tally[name] = max(tally.get(name, 0), count) if newest_wins else tally.get(name, 0) + count
        return tally


def _sum(ledgers: list[Ledger]) -> Ledger:
    totals = {name: sum(getattr(each, name) for each in ledgers) for name in Ledger.model_fields}
    return Ledger(**totals)
