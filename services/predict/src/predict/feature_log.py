"""The feature log: records go to Redis in batches, and to the spool while Redis is away."""

import asyncio
import logging
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Final

from contract.append import AppendReply, Batch
from contract.idempotency import Once, Remembered
from contract.record import Record
from redis.exceptions import TimeoutError as RedisTimeoutError

from predict.draining import Drainer
from predict.kept_out import KeptOut
from predict.metrics import Metrics
from predict.outage import FAILURES, Availability
from predict.sampling import is_sampled
from predict.spool.spool import SpoolError
from predict.spooling import Spooling
from predict.stream import RedisStream
from predict.waiting import MAX_BATCH, Entry, WaitingLine, batch_of, settle

MAX_WAITING: Final = 2048
"""Records that wait at most; one is about 500 bytes, and 20 kB at the very most."""

DISK_TIMEOUT: Final = 0.25
"""Seconds that an answer waits for the spool at most, after it has waited for Redis."""

CHECK_INTERVAL: Final = 5.0
"""Seconds between looks at a Redis that is there, so that readiness is known without traffic as well."""

RETRY_INTERVAL: Final = 0.25
"""Seconds between looks at a Redis that is away; no request waits for them."""

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
        metrics: Metrics,
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
        self._on_closed = on_closed
        self._drainer = Drainer(stream, spooling, self._drained)
        self._availability = Availability()
        self._waiting = WaitingLine(DISK_TIMEOUT)
        self._kept_out = KeptOut()
        self._next = 1
        self._why = ""
        self._turn = asyncio.Lock()
        self._limit: asyncio.Timeout | None = None
        self._closing = False
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def outage(self) -> str | None:
        """Why Redis can't be used now; None where it can."""
        return self._availability.outage

    @property
    def spool_problem(self) -> str | None:
        """Why the spool could not be used when it was last tried; None where it could."""
        return self._spooling.problem

    @property
    def dropping(self) -> str | None:
        """Why records are being dropped now; None where they are safe."""
        if any(task.done() for task in self._tasks):
            return "the feature log is not running"
        return self._spooling.problem if self._spooling.active else None

    async def start(self) -> None:
        """Look at Redis once, and begin to take records whether it is there or not."""
        await self._spooling.open()
        await self._look(drain=False)
        self._tasks = [
            asyncio.create_task(self._run(), name="feature log"),
            asyncio.create_task(self._tend(), name="feature log: spool"),
        ]
        for task in self._tasks:
            task.add_done_callback(_tell_of_error)

    async def log(self, record: Record, once: Once | None = None) -> Remembered | None:
        """Return once the record is safe, or dropped by a limit; gives the first answer to a repeat."""
        if not is_sampled(record.prediction_id, self._sample_rate):
            if once is None:
                self._keep_out("unsampled", 1)
                return None
            once = replace(once, logged=False)
        if len(self._waiting) >= MAX_WAITING:
            self._keep_out("dropped", 1)
            return None
        return await self._waiting.join(record, once, self._timeout)

    async def close(self) -> None:
        """Bring what is waiting to Redis within a second, or else to the spool, and end."""
        self._closing = True
        self._waiting.arrived.set()
        if self._limit is not None:
            self._limit.reschedule(asyncio.get_running_loop().time() + CLOSE_TIMEOUT)
        self._spooling.wake()
        run, tend = self._tasks
        await asyncio.wait([tend], timeout=CLOSE_TIMEOUT)
        tend.cancel()
        await asyncio.gather(run, tend, return_exceptions=True)
        self._waiting.close()
        await self._spooling.close()
        await self._stream.close()

    async def _run(self) -> None:
        while not self._closing or self._waiting:
            await self._waiting.arrived.wait()
            async with self._turn:
                if entries := self._waiting.take():
                    await self._deliver(entries)
        async with self._turn:
            await self._tell_counts(keep=True)

    async def _deliver(self, entries: list[Entry]) -> None:
        if self._spooling.active:
            self._next += await self._spooling.put(batch_of(entries, self._next, None), self._kept_out)
            settle(entries, None)
        else:
            batch = batch_of(entries, self._next, self._kept_out.take())
            settle(entries, await self._commit(batch, entries[0].deadline))

    async def _tell_counts(self, *, keep: bool = False) -> None:
        """Tell Redis what was kept out, and that this writer lives; or else, with `keep`, the spool."""
        now = asyncio.get_running_loop().time()
        if not self._spooling.active:
            await self._commit(Batch(self._next, counts=self._kept_out.take()), now + self._timeout)
        elif keep and (counts := self._kept_out.take()) is not None:
            await self._spooling.keep(Batch(self._next, counts=counts), self._kept_out)

    async def _commit(self, batch: Batch, deadline: float) -> AppendReply | None:
        """Bring a batch to Redis by the deadline, on the loop's clock; else to the spool."""
        started = asyncio.get_running_loop().time()
        self._next = batch.next
        self._why = self._stream.explain(RedisTimeoutError())
        try:
            async with asyncio.timeout_at(deadline) as self._limit:
                reply = await self._attempt(batch)
        except TimeoutError:
            self._availability.failed(self._why)
            await self._spooling.begin(batch, self._kept_out)
            return None
        finally:
            self._limit = None
        if batch.records:
            self._metrics.committed(asyncio.get_running_loop().time() - started)
        self._metrics.appended(batch, reply)
        self._tell(reply)
        return reply

    async def _attempt(self, batch: Batch) -> AppendReply:
        for pause in _pauses():
            try:
                return await self._stream.append(batch)
            except FAILURES as error:
                self._why = self._stream.explain(error)
            await asyncio.sleep(pause)
        raise AssertionError("pauses have no end")

    async def _tend(self) -> None:
        """Look at Redis from time to time, and bring the spool to it when it is there."""
        while not self._closing:
            await self._look(drain=True)
            await self._spooling.wait(RETRY_INTERVAL if self.outage else CHECK_INTERVAL)

    async def _look(self, *, drain: bool) -> None:
        try:
            await self._stream.check()
            if drain:
                await self._drain()
        except FAILURES as error:
            self._availability.failed(self._stream.explain(error))
            async with self._turn:
                self._spooling.active = True
        except SpoolError as error:
            self._spooling.failed(error)
        else:
            if not self._spooling.active:
                self._availability.succeeded()

    async def _drain(self) -> None:
        """Bring the spool to Redis while records go on coming to it; the last few while they wait."""
        while self._spooling.active:
            async with self._turn:
                await self._spooling.seal()
                if self._spooling.records <= MAX_BATCH:
                    await self._drainer.drain_own()
                    self._spooling.active = False
                    break
            await self._drainer.drain_own()
        try:
            await self._drainer.drain_left_behind()
        except SpoolError as error:
            self._spooling.failed(error)
        async with self._turn:
            await self._tell_counts()

    def _drained(self, batch: Batch, reply: AppendReply) -> None:
        self._metrics.drained(batch, reply)
        self._tell(reply)

    def _tell(self, reply: AppendReply) -> None:
        if reply.gone:
            self._metrics.kept_out("lost", reply.gone)
            _logger.error("%d records are gone that Redis had confirmed or the spool had held", reply.gone)
        for window_id in reply.closed:
            self._on_closed(window_id)

    def _keep_out(self, why: str, records: int) -> None:
        self._kept_out.add(why, records)
        self._metrics.kept_out(why, records)


def _pauses() -> Iterator[float]:
    """Seconds between attempts: at once for a connection that only went stale, then ever longer."""
    yield 0.0
    pause = 0.005
    while True:
        yield pause
        pause = min(2 * pause, 0.25)


def _tell_of_error(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        _logger.error("the feature log has ended", exc_info=error)
