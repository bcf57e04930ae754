"""Queues the joining of labels that wait: a job was lost, or the windows that they wait for are evaluated."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from redis import Redis
from rq import Queue

from contract.labels.keys import LabelKeys
from contract.labels.progress import has_work
from contract.redis.queue import delete_job, enqueue_labels, label_job, queued_ids
from drift_worker.sweep.requeue import PATIENCE

log = logging.getLogger(__name__)


@dataclass(slots=True)
class RequeueLabels:
    """Measures on `clock`, which no one can set back, for how long nobody has had a model's labels."""

    redis: Redis
    queue: Queue
    lease_ttl: float
    patience: float
    """Seconds after which labels that wait are looked at again, though nothing came."""

    clock: Callable[[], float] = time.monotonic
    _idle: dict[str, float] = field(default_factory=dict)

    def look_after(self, model: str) -> None:
        """Queue the model's labels if a job has something to do and nobody has them."""
        busy = label_job(model).encode() in queued_ids(self.queue) or self.redis.exists(
            LabelKeys(model).lease
        )
        if busy or not has_work(self.redis, model, self.patience):
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
