"""Queues each pending window that nobody has: a job was lost, a worker died, or an evaluation failed."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from redis import Redis
from rq import Queue

from contract.keys import Partition
from contract.redis.queue import delete_job, enqueue, queued_ids
from contract.windows import Window
from drift_worker.evaluate.attempts import Attempts
from drift_worker.evaluate.lease import is_leased

PATIENCE: Final = 4
"""Of so many parts of a lease's lifetime a job may be neither queued nor under a lease for one: it begins."""

LONGEST_BACK_OFF: Final = 600.0
"""Seconds that a window waits for its next try at most, after however many failures."""

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Requeue:
    """Measures on `clock`, which no one can set back, for how long nobody has had a window."""

    redis: Redis
    queue: Queue
    lease_ttl: float
    clock: Callable[[], float] = time.monotonic
    _idle: dict[Partition, dict[str, float]] = field(default_factory=dict)

    def look_after(self, partition: Partition, pending: list[Window]) -> None:
        """Queue the partition's pending windows that nobody has."""
        before, queued = self._idle.get(partition, {}), queued_ids(self.queue)
        idle: dict[str, float] = {}
        for window in pending:
            if window.id.encode() in queued or is_leased(self.redis, window):
                continue
            since = before.get(window.id, self.clock())
            if not self._queue_if_due(window, since):
                idle[window.id] = since
        self._idle[partition] = idle

    def _queue_if_due(self, window: Window, since: float) -> bool:
        """Queue a window that nobody has had since then; says whether it did.

        One whose worker died had its turn, so it goes before all others.
        """
        attempts = Attempts(self.redis, window)
        failures, waits = attempts.failures(), attempts.is_waiting()
        if failures == 0 and enqueue(self.queue, window.id):
            log.info("queued window %s", window.id)
            return True
        if self.clock() - since < (self.lease_ttl if waits else self._pause_after(failures)):
            return False
        delete_job(self.queue, window.id)
        enqueue(self.queue, window.id, first=failures == 0 and not waits)
        if waits:  # for its bundle; the worker has said so
            return True
        log.info("queued window %s again, after %d failures", window.id, failures)
        return True

    def _pause_after(self, failures: int) -> float:
        """Seconds to wait for the next try."""
        if failures == 0:
            return self.lease_ttl / PATIENCE
        doublings = min(failures - 1, int(LONGEST_BACK_OFF).bit_length())
        return min(self.lease_ttl * 2.0**doublings, LONGEST_BACK_OFF)
