"""Looking after Redis and the spool, beside the requests."""

import asyncio
from typing import Final

from redis.exceptions import TimeoutError as RedisTimeoutError

from feature_log.delivery import Delivery
from feature_log.drain import Drainer
from feature_log.outage import FAILURES
from feature_log.queue import MAX_BATCH
from feature_log.spool.writer import SpoolError
from feature_log.spooling import Spooling
from feature_log.stream import RedisStream

CHECK_INTERVAL: Final = 5.0
"""Seconds between looks at a Redis that is there, so that readiness is known without traffic as well."""

RETRY_INTERVAL: Final = 0.25
"""Seconds between looks at a Redis that is away; no request waits for them."""

NOTE_INTERVAL: Final = 1.0
"""Seconds of records that a Redis may lose unnoticed, of counts that a killed process takes along, and of
records that a spool loses with its host."""


class Tending:
    """Looks at Redis from time to time, and brings the spool to it when it is there."""

    def __init__(self, stream: RedisStream, spooling: Spooling, delivery: Delivery, timeout: float) -> None:
        """`timeout` is what Redis has for what this process tells it of itself, in seconds."""
        self._stream = stream
        self._spooling = spooling
        self._delivery = delivery
        self._drainer = Drainer(stream, spooling, delivery.drained)
        self._timeout = timeout
        self._ended = False

    async def run(self) -> None:
        """Look until told to end."""
        while not self._ended:
            await self.look(drain=True)
            away = self._delivery.availability.outage is not None
            await self._spooling.wait(RETRY_INTERVAL if away else CHECK_INTERVAL)

    async def note(self) -> None:
        """Put down again and again how far this process has come, and bring its spool to the disk itself."""
        while not self._ended:
            await self._delivery.note()
            await self._spooling.sync()
            await asyncio.sleep(NOTE_INTERVAL)

    def end(self) -> None:
        """Look no more."""
        self._ended = True
        self._spooling.wake()

    async def look(self, *, drain: bool) -> None:
        """Find out whether Redis is there; and if so, with `drain`, bring the spool to it."""
        availability = self._delivery.availability
        try:
            await self._stream.check()
            if drain:
                await self._drain()
        except FAILURES as error:
            availability.failed(self._stream.explain(error))
            async with self._delivery.turn:
                self._spooling.active = True
        except SpoolError as error:
            self._spooling.failed(error)
        except Exception as error:  # noqa: BLE001 - a defect, whichever it is: records go on being spooled
            self._delivery.unexpected(error)
            async with self._delivery.turn:
                self._spooling.active = True
        else:
            if not self._spooling.active:
                availability.succeeded()

    async def _drain(self) -> None:
        """Bring the spool to Redis while records go on coming to it; the last few while they wait."""
        while self._spooling.active:
            async with self._delivery.turn:
                await self._spooling.seal()
                if self._spooling.records <= MAX_BATCH:
                    await self._drain_last()
                    self._spooling.active = False
                    break
            await self._drainer.drain_own()
        try:
            await self._drainer.drain_left_behind()
        except SpoolError as error:
            self._spooling.failed(error)
        async with self._delivery.turn:
            await self._delivery.tell_counts(self._timeout)

    async def _drain_last(self) -> None:
        """Drain while requests wait, for no longer than one may; raises one of FAILURES."""
        try:
            async with asyncio.timeout(self._timeout):
                await self._drainer.drain_own()
        except TimeoutError as error:
            raise RedisTimeoutError from error
