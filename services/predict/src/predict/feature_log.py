"""The feature log: concurrent requests share one round trip, and each waits for its own record's commit."""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Iterator
from itertools import chain
from time import monotonic
from typing import Final

from contract.record import Record

from predict.errors import NotLoggedError, Reason
from predict.metrics import Metrics
from predict.outage import FAILURES, Availability
from predict.stream import RedisStream

MAX_WAITING: Final = 2048
"""Records that wait for a batch at most; one is about 500 bytes, and 20 kB at the very most."""

MAX_BATCH: Final = 256
"""Records of one round trip; Redis serves nobody else while it takes them, which is about 1 ms."""

CHECK_INTERVAL: Final = 5.0
"""Seconds between looks at Redis, so that readiness is known without traffic as well."""

CLOSE_TIMEOUT: Final = 1.0
"""Seconds that the last batch has when the service ends."""

_logger = logging.getLogger(__name__)


class _Entry:
    """A record and who waits for it; `done` gets None once it is committed, else why it isn't."""

    __slots__ = ("deadline", "done", "record")

    def __init__(self, record: Record, done: asyncio.Future[str | None], deadline: float) -> None:
        self.record = record
        self.done = done
        self.deadline = deadline

    def settle(self, problem: str | None) -> None:
        if not self.done.done():
            self.done.set_result(problem)


class FeatureLog:
    """Commits records in batches, in order, one batch at a time.

    A record that isn't committed within `timeout` seconds is refused. If it had not been sent, it never will
    be. If it had, it is in the stream only where that attempt reached Redis all the same: a batch of unknown
    outcome is sent again under its number, but with those records alone that somebody still waits for, until
    its outcome is known; nothing newer goes before that.
    """

    def __init__(
        self, stream: RedisStream, metrics: Metrics, timeout: float, on_closed: Callable[[str], None]
    ) -> None:
        """`on_closed` is called with the id of each window that a batch closed, and must not block."""
        self._stream = stream
        self._metrics = metrics
        self._timeout = timeout
        self._on_closed = on_closed
        self._availability = Availability(grace=timeout)
        self._waiting: deque[_Entry] = deque()
        self._in_flight: list[_Entry] = []
        self._batches = 0
        self._checked = -CHECK_INTERVAL
        self._wake = asyncio.Event()
        self._expiry: asyncio.TimerHandle | None = None
        self._closing = False
        self._task: asyncio.Task[None] | None = None

    @property
    def outage(self) -> str | None:
        """Why records can't be committed now; None where they can."""
        if self._task is None or self._task.done():
            return "the feature log is not running"
        return self._availability.outage

    async def start(self) -> None:
        """Look at Redis once, and begin to take records whether it is there or not."""
        await self._try([])
        self._task = asyncio.create_task(self._run(), name="feature log")
        self._task.add_done_callback(_tell_of_error)

    async def append(self, record: Record) -> None:
        """Return once the record is in the stream; raises NotLoggedError."""
        if outage := self.outage:
            raise NotLoggedError(Reason.NOT_LOGGED, outage)
        if len(self._waiting) >= MAX_WAITING:
            raise NotLoggedError(Reason.LOG_FULL, f"{MAX_WAITING} records are waiting already")
        loop = asyncio.get_running_loop()
        entry = _Entry(record, loop.create_future(), loop.time() + self._timeout)
        self._waiting.append(entry)
        self._wake.set()
        if self._expiry is None:
            self._expiry = loop.call_at(entry.deadline, self._expire)
        problem = await entry.done
        if problem is not None:
            raise NotLoggedError(Reason.NOT_LOGGED, problem)

    async def close(self) -> None:
        """Commit what is waiting, as far as Redis takes it within a second, and end."""
        self._closing = True
        self._wake.set()
        if self._task is not None:
            await asyncio.wait([self._task], timeout=CLOSE_TIMEOUT)
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        if self._expiry is not None:
            self._expiry.cancel()
        await self._stream.close()

    async def _run(self) -> None:
        while self._waiting or not self._closing:
            await self._deliver(self._next_batch())
            if not self._waiting and not self._closing:
                await self._wait_for_records()

    async def _wait_for_records(self) -> None:
        self._wake.clear()
        timer = asyncio.get_running_loop().call_later(CHECK_INTERVAL, self._wake.set)
        await self._wake.wait()
        timer.cancel()

    def _next_batch(self) -> list[_Entry]:
        return [self._waiting.popleft() for _ in range(min(len(self._waiting), MAX_BATCH))]

    async def _deliver(self, batch: list[_Entry]) -> None:
        """Bring one batch to a known outcome; without records, only look whether Redis is there."""
        self._in_flight = batch
        self._batches += bool(batch)
        for pause in _pauses():
            if await self._try(batch):
                break
            await asyncio.sleep(pause)
        self._in_flight = []

    async def _try(self, batch: list[_Entry]) -> bool:
        started = monotonic()
        try:
            await self._attempt(batch, started)
        except FAILURES as error:
            self._checked = -CHECK_INTERVAL
            self._availability.failed(self._stream.explain(error), started)
            return False
        self._availability.succeeded()
        return True

    async def _attempt(self, batch: list[_Entry], started: float) -> None:
        if started - self._checked >= CHECK_INTERVAL:
            await self._stream.check()
            self._checked = started
        if not batch:
            return
        records = [entry.record for entry in batch if not entry.done.done()]
        reply = await self._stream.append(self._batches, records)
        self._metrics.committed(monotonic() - started)
        self._metrics.appended(len(batch) if reply.repeated else len(records))
        for entry in batch:
            entry.settle(None)
        for window_id in reply.closed:
            self._on_closed(window_id)

    def _expire(self) -> None:
        """Refuse those whose time is over, and come again when the next one's is."""
        loop = asyncio.get_running_loop()
        self._expiry = None
        why = self._availability.failure or f"Redis has not confirmed the record within {self._timeout:g} s"
        for entry in chain(self._in_flight, self._waiting):
            if entry.deadline > loop.time():
                self._expiry = loop.call_at(entry.deadline, self._expire)
                break
            entry.settle(why)
        while self._waiting and self._waiting[0].done.done():
            self._waiting.popleft()


def _tell_of_error(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        _logger.error("the feature log has ended", exc_info=error)


def _pauses() -> Iterator[float]:
    """Seconds between attempts: at once for a connection that only went stale, then ever longer."""
    pause = 0.005
    while True:
        yield pause
        pause = min(2 * pause, 0.5)
