"""One pass of the sweep over every version: retire, close, expire, trim, queue; then over the labels."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from redis import Redis
from redis.exceptions import ResponseError
from rq import Queue

from contract.errors import ContractError
from contract.keys import SWEEP_HEARTBEAT, Partition
from contract.partition import open_window, partitions, pending_windows
from contract.redis.queue import label_queue
from drift_worker.errors import BadLimitError
from drift_worker.evaluate.lease import note_heartbeat
from drift_worker.settings import Settings
from drift_worker.sweep.close import TimeLimit
from drift_worker.sweep.labels import RequeueLabels
from drift_worker.sweep.requeue import Requeue
from drift_worker.sweep.retire import Retire
from drift_worker.sweep.trim import expire, trim

HEARTBEATS: Final = 6
"""Passes that may be late before the sweep counts as dead."""

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Sweeper:
    """Looks after every partition; measures ages on `clock`, which no one can set back."""

    redis: Redis
    queue: Queue
    settings: Settings
    clock: Callable[[], float] = time.monotonic
    on_failure: Callable[[], None] = lambda: None
    """Called for each partition that a pass could not look after."""

    _retire: Retire = field(init=False)
    _time_limit: TimeLimit = field(init=False)
    _requeue: Requeue = field(init=False)
    _labels: RequeueLabels = field(init=False)

    def __post_init__(self) -> None:
        """Raise BadLimitError where windows would expire as soon as they are closed."""
        most, rows = self.settings.stream_max_records, self.settings.window_rows
        if most < 2 * rows:
            raise BadLimitError(
                f"STREAM_MAX_RECORDS={most}: expected at least twice WINDOW_ROWS, which is {rows}"
            )
        self._retire = Retire(self.redis, self.settings.retire_after, self.clock)
        self._time_limit = TimeLimit(self.redis, self.settings, self.clock)
        self._labels = RequeueLabels(
            self.redis,
            label_queue(self.redis),
            self.settings.lease_ttl,
            self.settings.label_patience,
            self.clock,
        )
        self._requeue = Requeue(self.redis, self.queue, self.settings.lease_ttl, self.clock)

    def sweep(self) -> None:
        """Look after every partition once; raises redis.exceptions.RedisError where Redis can't be used.

        A partition that can't be looked after keeps no other from its turn.
        """
        self._retire.begin_pass()
        every = partitions(self.redis)
        for partition in every:
            self._guarded(partition, partial(self._look_after, partition))
        for model in sorted({partition.model for partition in every}):
            self._guarded(model, partial(self._labels.look_after, model))
        ttl = HEARTBEATS * self.settings.sweep_interval
        self.redis.set(SWEEP_HEARTBEAT, "", px=round(1000 * ttl))
        note_heartbeat(self.settings.heartbeat_file, ttl)
        self._retire.end_pass()

    def redis_was_away(self) -> None:
        """Take nobody for gone until Redis has been there for a while again: a pass failed."""
        self._retire.redis_was_away()

    def _guarded(self, what: object, look_after: Callable[[], None]) -> None:
        try:
            look_after()
        except (ResponseError, ContractError, ValueError) as error:  # its keys hold something unexpected
            self.on_failure()
            refused = isinstance(error, ResponseError)
            why = str(error) if refused else type(error).__name__  # another text may quote a value
            log.warning("%s was not looked after: %s", what, why)

    def _look_after(self, partition: Partition) -> None:
        idle = self._retire.look_after(partition)
        filling = open_window(self.redis, partition)
        self._time_limit.apply(partition, filling, idle=idle)
        closed = pending_windows(self.redis, partition)
        trim(self.redis, partition, closed, filling)
        pending = expire(self.redis, partition, closed, self.settings.stream_max_records)
        if len(pending) < len(closed):
            trim(self.redis, partition, pending, filling)
        self._requeue.look_after(partition, pending)
