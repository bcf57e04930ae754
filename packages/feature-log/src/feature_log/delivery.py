"""Where a batch of records goes: to Redis, or to the spool while Redis is away."""

import asyncio
import logging
from collections.abc import Callable, Iterator
from math import inf

from redis.exceptions import TimeoutError as RedisTimeoutError

from contract.keys import Partition
from contract.stream.append import AppendReply, Batch
from feature_log.counts import NotLogged
from feature_log.metrics import LogMetrics
from feature_log.queue import RecordQueue, batch_of, settle
from feature_log.spool.spool import Spool
from feature_log.state import LogState
from feature_log.stream import FAILURES, RedisStream

_logger = logging.getLogger(__name__)


class Delivery:
    """Numbers this process's records, and brings each batch to Redis or, if that fails, to the spool."""

    def __init__(
        self,
        stream: RedisStream,
        spool: Spool,
        *,
        state: LogState,
        not_logged: NotLogged,
        metrics: LogMetrics,
        on_closed: Callable[[str], None],
    ) -> None:
        """`on_closed` is called with the id of each window that a batch closed, and must not block."""
        self._stream = stream
        self._spool = spool
        self._state = state
        self._not_logged = not_logged
        self._metrics = metrics
        self._on_closed = on_closed
        self._next = 1
        self._safe = 1
        self._lost = 0
        self._why = ""
        self._limit: asyncio.Timeout | None = None
        self._shutdown_deadline = inf

    @property
    def lost(self) -> int:
        """How many records Redis has lost since this process began, as far as is known."""
        return self._lost

    async def deliver(self, queue: RecordQueue) -> None:
        """Bring the next records of the queue to where they are safe, and let their callers go on."""
        async with self._state.lock:
            queued = queue.take()
            if not queued:
                return
            if self._state.is_direct:
                batch = batch_of(queued, self._next, self._not_logged.take())
                reply = await self._commit(batch, min(each.deadline for each in queued))
            else:
                self._next += await self._spool.put(batch_of(queued, self._next, None))
                reply = None
            settle(queued, reply)
            self._safe = self._next

    async def save_checkpoint(self) -> None:
        """Write down how far this process has come, for whoever drains its spool if it dies."""
        await self._spool.save_checkpoint(self._safe, direct=self._state.is_direct)

    async def tell_counts(self, timeout: float, *, keep: bool = False) -> None:
        """Tell Redis how many records were not logged, and that this writer lives, within `timeout` seconds.

        While Redis is away, `keep` leaves them in the checkpoint, which a full disk still takes.
        """
        async with self._state.lock:
            if self._state.is_direct:
                now = asyncio.get_running_loop().time()
                await self._commit(Batch(self._next, counts=self._not_logged.take()), now + timeout)
            elif keep:
                await self._spool.save_checkpoint(self._safe, direct=False)

    def drained(self, partition: Partition, batch: Batch, reply: AppendReply) -> None:
        """Take note of a batch that came from the spool to Redis, of this log's partition or another."""
        metrics = self._metrics.about(partition)
        metrics.drained(batch, reply)
        self._note(reply, metrics)

    def set_shutdown_deadline(self, seconds: float) -> None:
        """Give Redis this long, and no longer, for what is on its way and for what comes after it."""
        self._shutdown_deadline = asyncio.get_running_loop().time() + seconds
        if self._limit is not None and not self._limit.expired():
            self._limit.reschedule(min(self._limit.when() or inf, self._shutdown_deadline))

    async def _commit(self, batch: Batch, deadline: float) -> AppendReply | None:
        """Bring a batch to Redis by the deadline, on the loop's clock; else to the spool, and give None."""
        started = asyncio.get_running_loop().time()
        self._next = batch.next
        self._why = self._stream.explain(RedisTimeoutError())
        try:
            async with asyncio.timeout_at(min(deadline, self._shutdown_deadline)) as self._limit:
                reply = await self._attempt(batch)
        except TimeoutError:
            await self._spool_unknown(batch, self._why)
            return None
        except Exception as error:  # noqa: BLE001 - a defect, whichever it is: it must cost no record
            await self._spool_unknown(batch, unexpected(error))
            return None
        finally:
            self._limit = None
        if batch.records:
            self._metrics.committed(asyncio.get_running_loop().time() - started)
        self._metrics.appended(batch, reply)
        self._note(reply, self._metrics)
        return reply

    async def _spool_unknown(self, batch: Batch, why: str) -> None:
        self._state.redis_failed(why)
        await self._spool.put_unknown(batch)

    async def _attempt(self, batch: Batch) -> AppendReply:
        for pause in _pauses():
            try:
                return await self._stream.append(batch)
            except FAILURES as error:
                self._why = self._stream.explain(error)
            await asyncio.sleep(pause)
        raise AssertionError("pauses have no end")

    def _note(self, reply: AppendReply, metrics: LogMetrics) -> None:
        if reply.lost:
            self._lost += reply.lost
            metrics.count("lost", reply.lost)
            _logger.error("%d records are lost that Redis had confirmed or the spool had held", reply.lost)
        for window_id in reply.closed:
            self._on_closed(window_id)


def unexpected(error: Exception) -> str:
    """Say which error no Redis should cause; by its type, since its text may quote values."""
    return f"an unexpected {type(error).__name__} while records went to Redis"


def _pauses() -> Iterator[float]:
    """Seconds between attempts: at once for a connection that only went stale, then ever longer.

    Every commit begins here: this loop takes 0.5 µs where nothing fails, tenacity's takes 21.
    """
    yield 0.0
    pause = 0.005
    while True:
        yield pause
        pause = min(2 * pause, 0.25)
