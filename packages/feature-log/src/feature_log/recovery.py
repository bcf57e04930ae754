"""Looking at Redis from time to time, beside the requests, and bringing the spool to it."""

import asyncio
from typing import Final

from redis.exceptions import TimeoutError as RedisTimeoutError

from contract.redis.server import UnsupportedRedisError
from feature_log.delivery import Delivery, unexpected
from feature_log.queue import MAX_BATCH
from feature_log.spool.disk import SpoolError
from feature_log.spool.drain import Drain
from feature_log.spool.spool import Spool
from feature_log.state import LogState
from feature_log.stream import FAILURES, RedisStream

CHECK_INTERVAL: Final = 5.0
"""Seconds between looks at a Redis that is there, so that readiness is known without traffic as well."""

RETRY_INTERVAL: Final = 0.25
"""Seconds between looks at a Redis that is away; no request waits for them."""

CHECKPOINT_INTERVAL: Final = 1.0
"""Seconds between checkpoints: the time for which Redis may lose records unnoticed, a killed process its
counts, and a host its spooled records."""


class Recovery:
    """Brings the log back to Redis after an outage, and keeps checkpoints in case this process dies."""

    def __init__(
        self,
        stream: RedisStream,
        spool: Spool,
        *,
        drain: Drain,
        state: LogState,
        delivery: Delivery,
        timeout: float,
    ) -> None:
        """`timeout` is what Redis has for one call that requests wait for, in seconds."""
        self._stream = stream
        self._spool = spool
        self._drain = drain
        self._state = state
        self._delivery = delivery
        self._timeout = timeout
        self._ended = False

    async def run(self) -> None:
        """Look at Redis, and drain the spool to it, until told to end."""
        while not self._ended:
            await self.look(drain=True)
            await self._state.wait_for_outage(
                RETRY_INTERVAL if self._state.outage is not None else CHECK_INTERVAL
            )

    async def keep_checkpoint(self) -> None:
        """Save a checkpoint again and again, and bring the spool to the disk itself, until told to end."""
        while not self._ended:
            await self._delivery.save_checkpoint()
            await self._spool.sync()
            await asyncio.sleep(CHECKPOINT_INTERVAL)

    def end(self) -> None:
        """Look at Redis no more."""
        self._ended = True
        self._state.end_wait()

    async def look(self, *, drain: bool) -> None:
        """Find out whether Redis is there; if it is, and `drain` is set, bring the spool to it."""
        try:
            await self._stream.check()
            await self._stream.register(self._stream.partition)
            if drain:
                await self._recover()
        except FAILURES as error:
            unusable = isinstance(error, UnsupportedRedisError)
            await self._redis_failed(self._stream.explain(error), unusable=unusable)
        except Exception as error:  # noqa: BLE001 - a defect, whichever it is: records go on being spooled
            await self._redis_failed(unexpected(error))

    async def _redis_failed(self, why: str, *, unusable: bool = False) -> None:
        async with self._state.lock:
            self._state.redis_failed(why, unusable=unusable)

    async def _recover(self) -> None:
        """Bring this process's spool to Redis, then what other processes left, then the counts.

        Raises one of FAILURES.
        """
        if not self._state.is_direct:
            self._state.drain_begins()
            try:
                await self._drain_own()
            except SpoolError as error:
                self._spool.failed(error)
                self._state.disk_failed()
                return
        try:
            await self._drain.left_behind()
        except SpoolError as error:
            self._spool.failed(error)
        await self._delivery.tell_counts(self._timeout)

    async def _drain_own(self) -> None:
        """Drain while records go on coming to the next file, and the last few while they wait."""
        while True:
            async with self._state.lock:
                if await self._drain.seal() <= MAX_BATCH:
                    await self._drain_last()
                    self._state.drain_ends()
                    return
            await self._drain.own()

    async def _drain_last(self) -> None:
        """Drain while requests wait, for no longer than one may; raises one of FAILURES."""
        try:
            async with asyncio.timeout(self._timeout):
                await self._drain.own()
        except TimeoutError as error:
            raise RedisTimeoutError from error
