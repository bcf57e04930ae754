"""Where a batch of records goes: to Redis, or to the spool while Redis is away."""

import asyncio
import logging
from collections.abc import Callable, Iterator, Sequence
from math import inf

from contract.stream.append import AppendReply, Batch
from redis.exceptions import TimeoutError as RedisTimeoutError

from feature_log.metrics import LogMetrics
from feature_log.not_logged import KeptOut
from feature_log.outage import FAILURES, Availability
from feature_log.queue import Entry, batch_of, settle
from feature_log.spooling import Spooling
from feature_log.stream import RedisStream

_logger = logging.getLogger(__name__)


class Delivery:
    """Numbers this process's records, and brings each batch to Redis or, if it takes too long, to the spool.

    Whoever delivers holds `turn`, so that Redis sees the numbers in their order.
    """

    def __init__(
        self, stream: RedisStream, spooling: Spooling, metrics: LogMetrics, on_closed: Callable[[str], None]
    ) -> None:
        """`on_closed` is called with the id of each window that a batch closed, and must not block."""
        self._stream = stream
        self._spooling = spooling
        self._metrics = metrics
        self._on_closed = on_closed
        self._next = 1
        self._safe = 1
        self.gone = 0
        self._why = ""
        self._limit: asyncio.Timeout | None = None
        self._end = inf
        self.availability = Availability()
        self.kept_out = KeptOut()
        self.turn = asyncio.Lock()

    async def deliver(self, entries: Sequence[Entry]) -> None:
        """Bring the entries to where they are safe, and let go whoever waits for them."""
        if self._spooling.active:
            self._next += await self._spooling.put(batch_of(entries, self._next, None), self.kept_out)
            self._safe = self._next
            settle(entries, None)
        else:
            batch = batch_of(entries, self._next, self.kept_out.take())
            settle(entries, await self._commit(batch, min(entry.deadline for entry in entries)))
            self._safe = self._next

    async def note(self) -> None:
        """Put down how far this process has come, for whoever drains its spool if it dies."""
        await self._spooling.note(self._safe, self.kept_out)

    async def tell_counts(self, timeout: float, *, keep: bool = False) -> None:
        """Tell Redis what was kept out, and that this writer lives; or else, with `keep`, the spool."""
        now = asyncio.get_running_loop().time()
        if not self._spooling.active:
            await self._commit(Batch(self._next, counts=self.kept_out.take()), now + timeout)
        elif keep and (counts := self.kept_out.take()) is not None:
            await self._spooling.keep(Batch(self._next, counts=counts), self.kept_out)

    def drained(self, batch: Batch, reply: AppendReply) -> None:
        """Take note of a batch that came from the spool to Redis."""
        self._metrics.drained(batch, reply)
        self._tell(reply)

    def hurry(self, seconds: float) -> None:
        """Give Redis so long, and no longer, for what is on its way and for what comes after it."""
        self._end = asyncio.get_running_loop().time() + seconds
        if self._limit is not None and not self._limit.expired():
            self._limit.reschedule(min(self._limit.when() or inf, self._end))

    async def _commit(self, batch: Batch, deadline: float) -> AppendReply | None:
        """Bring a batch to Redis by the deadline, on the loop's clock; else to the spool."""
        started = asyncio.get_running_loop().time()
        self._next = batch.next
        self._why = self._stream.explain(RedisTimeoutError())
        try:
            async with asyncio.timeout_at(min(deadline, self._end)) as self._limit:
                reply = await self._attempt(batch)
        except TimeoutError:
            self.availability.failed(self._why)
            await self._spooling.begin(batch, self.kept_out)
            return None
        except Exception as error:  # noqa: BLE001 - a defect, whichever it is: it must cost no record
            self.unexpected(error)
            await self._spooling.begin(batch, self.kept_out)
            return None
        finally:
            self._limit = None
        if batch.records:
            self._metrics.committed(asyncio.get_running_loop().time() - started)
        self._metrics.appended(batch, reply)
        self._tell(reply)
        return reply

    def unexpected(self, error: Exception) -> None:
        """Note an error that no Redis should cause; by its type, since its text may quote values."""
        self.availability.failed(f"an unexpected {type(error).__name__} while records went to Redis")

    async def _attempt(self, batch: Batch) -> AppendReply:
        for pause in _pauses():
            try:
                return await self._stream.append(batch)
            except FAILURES as error:
                self._why = self._stream.explain(error)
            await asyncio.sleep(pause)
        raise AssertionError("pauses have no end")

    def _tell(self, reply: AppendReply) -> None:
        if reply.gone:
            self.gone += reply.gone
            self._metrics.count("lost", reply.gone)
            _logger.error("%d records are gone that Redis had confirmed or the spool had held", reply.gone)
        for window_id in reply.closed:
            self._on_closed(window_id)


def _pauses() -> Iterator[float]:
    """Seconds between attempts: at once for a connection that only went stale, then ever longer."""
    yield 0.0
    pause = 0.005
    while True:
        yield pause
        pause = min(2 * pause, 0.25)
