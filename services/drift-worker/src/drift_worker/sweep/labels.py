"""Queues the joining of labels that wait: a job was lost, or the windows that they wait for are evaluated."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, cast

from contract.labels.keys import LabelKeys
from contract.partition import partitions
from contract.redis.queue import delete_job, enqueue_labels, label_job, queued_ids
from contract.windows import stream_order
from redis import Redis
from rq import Queue

from drift_worker.sweep.requeue import PATIENCE

LOOK_AGAIN: Final = 60.0
"""Seconds after which waiting labels are looked at again though nothing came: some may have waited enough."""

log = logging.getLogger(__name__)


@dataclass(slots=True)
class RequeueLabels:
    """Measures on `clock`, which no one can set back, for how long nobody has had a model's labels."""

    redis: Redis
    queue: Queue
    lease_ttl: float
    clock: Callable[[], float] = time.monotonic
    _idle: dict[str, float] = field(default_factory=dict)

    def look_after(self, model: str) -> None:
        """Queue the model's labels if a job has something to do and nobody has them."""
        busy = label_job(model).encode() in queued_ids(self.queue) or self.redis.exists(
            LabelKeys(model).lease
        )
        if busy or not self._has_work(model):
            self._idle.pop(model, None)
            return
        since = self._idle.setdefault(model, self.clock())
        if not enqueue_labels(self.queue, model):
            if self.clock() - since < self.lease_ttl / PATIENCE:
                return
            delete_job(self.queue, label_job(model))
            enqueue_labels(self.queue, model)
        self._idle.pop(model, None)
        log.info("queued the labels of %s", model)

    def _has_work(self, model: str) -> bool:
        """Whether labels came, or windows were evaluated, since the last job looked at those that wait."""
        keys = LabelKeys(model)
        newest = cast("list[tuple[bytes, object]]", self.redis.xrevrange(keys.waiting, count=1))
        if not newest:
            return False
        found = self.redis.hmget(keys.examined, ["last", "evaluated", "at"])
        last, evaluated, at = cast("list[bytes | None]", found)
        if last is None or evaluated is None or at is None:
            return True
        return (
            stream_order(newest[0][0].decode()) > stream_order(last.decode())
            or self._evaluated(model) != int(evaluated)
            or self.redis.time()[0] - int(at) > LOOK_AGAIN
        )

    def _evaluated(self, model: str) -> int:
        return sum(self.redis.zcard(each.evaluated) for each in partitions(self.redis) if each.model == model)
