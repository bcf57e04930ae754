"""The windows of a model that have an evaluation, and from when to when their predictions were made."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, cast

from pydantic import BaseModel
from redis import Redis

from contract.keys import Partition
from contract.partition import partitions
from drift_worker.record.evaluation import EvaluationStatus

AT_ONCE: Final = 500
"""Evaluations read in one round trip."""


ACCEPTED_BEFORE: Final = 60_000
"""Milliseconds by which a record is accepted before it is in the stream at most, unless it was spooled."""


@dataclass(frozen=True, slots=True)
class WindowSpan:
    """A window with an evaluation, and the times of its first and last prediction."""

    id: str
    partition: Partition
    status: EvaluationStatus
    first_ms: int
    last_ms: int


class _Times(BaseModel):
    """What of an evaluation says when its predictions were made."""

    status: EvaluationStatus
    first_time: datetime
    last_time: datetime


class EvaluatedWindows:
    """Reads each evaluation once: it does not change, unless it failed and is retried."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._known: dict[str, WindowSpan] = {}

    def of(self, model: str) -> list[WindowSpan]:
        """The windows of all versions of a model, oldest first; raises redis.exceptions.RedisError."""
        found = [span for partition in versions(self._redis, model) for span in self._spans(partition)]
        return sorted(found, key=lambda span: (span.first_ms, span.last_ms, span.id))

    def _spans(self, partition: Partition) -> Iterable[WindowSpan]:
        ids = [each.decode() for each in cast("list[bytes]", self._redis.zrange(partition.evaluated, 0, -1))]
        new = [each for each in ids if each not in self._known or self._known[each].status == "failed"]
        for first in range(0, len(new), AT_ONCE):
            part = new[first : first + AT_ONCE]
            texts = cast("list[bytes]", self._redis.hmget(partition.evaluations, part))
            for window_id, text in zip(part, texts, strict=True):
                self._known[window_id] = _span(window_id, partition, text)
        return [self._known[each] for each in ids]


def versions(redis: Redis, model: str) -> list[Partition]:
    """The versions of a model that were ever served."""
    return [each for each in partitions(redis) if each.model == model]


def _span(window_id: str, partition: Partition, text: bytes) -> WindowSpan:
    times = _Times.model_validate_json(text)
    first, last = (round(each.timestamp() * 1000) for each in (times.first_time, times.last_time))
    if times.status != "evaluated":  # these are times of the stream: its records were accepted before them
        first -= ACCEPTED_BEFORE
    return WindowSpan(window_id, partition, times.status, first, last)
