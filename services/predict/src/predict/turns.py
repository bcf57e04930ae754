"""How work on many rows leaves the event loop to single requests: one batch at a time, and in slices."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from time import perf_counter
from typing import Final

from predict.errors import Reason, RefusedError

SLICE: Final = 0.0003
"""Seconds of work after which others have their turn; answering one request takes about as long."""

GIVE_WAY: Final = 0.004
"""Seconds for which single requests go first at most, so that work on a batch never stops."""

IDLE: Final = 0.00005
"""Seconds that a round of the event loop takes at most while nobody else has work for it."""

MAX_WAITING: Final = 16
"""Batches that wait for their turn at most; their bodies were read before."""


class Slices:
    """Divides work that would hold the event loop for too long."""

    def __init__(self) -> None:
        self._ends = perf_counter() + SLICE

    async def pause(self) -> None:
        """Let others have their turn if the slice is over; to be called after each row.

        A request takes several rounds of the event loop. A slice in each of them would make it several times
        slower, so the next slice begins when a round had nothing else to do.
        """
        began = perf_counter()
        if began < self._ends:
            return
        last = began + GIVE_WAY
        while True:
            await asyncio.sleep(0)
            now = perf_counter()
            if now - began < IDLE or now >= last:
                break
            began = now
        self._ends = now + SLICE


class Turns:
    """Lets one batch at a time be worked on, in the order in which they came."""

    def __init__(self) -> None:
        self._lock = asyncio.Lock()
        self._waiting = 0

    @asynccontextmanager
    async def take(self) -> AsyncIterator[None]:
        """Wait for the turn of one batch, and keep it; raises RefusedError where too many wait already."""
        if self._waiting >= MAX_WAITING:
            raise RefusedError(
                Reason.OVERLOADED,
                f"{MAX_WAITING} such requests are waiting already; send this one again later",
            )
        self._waiting += 1
        try:
            await self._lock.acquire()
        finally:
            self._waiting -= 1
        try:
            yield
        finally:
            self._lock.release()
