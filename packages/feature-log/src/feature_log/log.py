"""The feature log: what a request calls, and waits for."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import replace
from time import monotonic
from typing import Final

from contract.stream.idempotency import Once, Remembered
from contract.stream.record import Record

from feature_log.delivery import Delivery
from feature_log.metrics import LogMetrics, Outcome
from feature_log.queue import MAX_WAITING, WaitingLine
from feature_log.recovery import Tending
from feature_log.sampling import is_sampled
from feature_log.spooling import Spooling
from feature_log.stream import RedisStream

DISK_TIMEOUT: Final = 0.25
"""Seconds that an answer waits for the spool at most, after it has waited for Redis."""

COMMIT_INTERVAL: Final = 0.001
"""Seconds from one commit to the next at least, since one costs as much as answering a request: those that
come meanwhile share it. Whoever comes alone waits for nobody."""

CLOSE_TIMEOUT: Final = 1.0
"""Seconds that Redis has when the service ends; then the spool takes what is left."""

_logger = logging.getLogger(__name__)


class FeatureLog:
    """Brings each record to Redis, or to the spool if Redis doesn't take it within `timeout` seconds.

    A process numbers its records. What Redis may or may not have taken goes to the spool under its numbers,
    and so does everything after it until the spool is drained: Redis sees the numbers in their order, and
    takes none twice.
    """

    def __init__(
        self,
        stream: RedisStream,
        spooling: Spooling,
        metrics: LogMetrics,
        *,
        timeout: float,
        sample_rate: float,
        on_closed: Callable[[str], None],
    ) -> None:
        """`on_closed` is called with the id of each window that a batch closed, and must not block."""
        self._stream = stream
        self._spooling = spooling
        self._metrics = metrics
        self._timeout = timeout
        self._sample_rate = sample_rate
        self._delivery = Delivery(stream, spooling, metrics, on_closed)
        self._tending = Tending(stream, spooling, self._delivery, timeout)
        self._waiting = WaitingLine(DISK_TIMEOUT)
        self._next_commit = 0.0
        self._closing = False
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def outage(self) -> str | None:
        """Why Redis can't be used now; None where it can."""
        return self._delivery.availability.outage

    @property
    def spool_problem(self) -> str | None:
        """Why the spool could not be used when it was last tried; None where it could."""
        return self._spooling.problem

    @property
    def losses(self) -> str | None:
        """What Redis no longer has since this process began; None where nothing is known to be gone."""
        gone = self._delivery.gone
        return f"{gone} records are gone that Redis had confirmed or the spool had held" if gone else None

    @property
    def dropping(self) -> str | None:
        """Why records are being dropped now; None where they are safe."""
        if any(task.done() for task in self._tasks):
            return "the feature log is not running"
        return self._spooling.problem if self._spooling.active else None

    async def start(self) -> None:
        """Look at Redis once, and begin to take records whether it is there or not."""
        await self._spooling.open()
        await self._tending.look(drain=False)
        self._tasks = [
            asyncio.create_task(self._run(), name="feature log"),
            asyncio.create_task(self._tending.run(), name="feature log: spool"),
            asyncio.create_task(self._tending.note(), name="feature log: standing"),
        ]
        for task in self._tasks:
            task.add_done_callback(_tell_of_error)

    async def log(self, record: Record, once: Once | None = None) -> Remembered | None:
        """Return once the record is safe, or dropped by a limit; gives the first answer to a repeat."""
        if not is_sampled(record.prediction_id, self._sample_rate):
            if once is None:
                self._keep_out("unsampled")
                return None
            once = replace(once, logged=False)
        deadline = asyncio.get_running_loop().time() + self._timeout
        if len(self._waiting) >= MAX_WAITING and not await self._waiting.has_room(deadline):
            self._keep_out("dropped")
            _logger.error("a record is dropped: %d others wait for Redis and for the spool", MAX_WAITING)
            return None
        return await self._waiting.join(record, once, deadline)

    async def close(self) -> None:
        """Bring what is waiting to Redis within a second, or else to the spool, and end."""
        self._closing = True
        self._waiting.arrived.set()
        self._delivery.hurry(CLOSE_TIMEOUT)
        self._tending.end()
        run, tend, note = self._tasks
        await asyncio.wait([tend], timeout=CLOSE_TIMEOUT + DISK_TIMEOUT)
        tend.cancel()
        note.cancel()
        await asyncio.gather(run, tend, note, return_exceptions=True)
        self._waiting.close()
        await self._spooling.close()
        await self._stream.close()

    async def _run(self) -> None:
        while not self._closing or self._waiting:
            await self._waiting.arrived.wait()
            await self._keep_interval()
            async with self._delivery.turn:
                if entries := self._waiting.take():
                    await self._delivery.deliver(entries)
        async with self._delivery.turn:
            await self._delivery.tell_counts(min(self._timeout, CLOSE_TIMEOUT), keep=True)

    async def _keep_interval(self) -> None:
        early = self._next_commit - monotonic()
        if early > 0 and not self._closing:
            await asyncio.sleep(early)
        self._next_commit = monotonic() + COMMIT_INTERVAL

    def _keep_out(self, why: Outcome) -> None:
        self._delivery.kept_out.add(why)
        self._metrics.count(why, 1)


def _tell_of_error(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        _logger.error("the feature log has ended", exc_info=error)
