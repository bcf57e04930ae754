"""How work on many rows leaves the event loop to single requests: one batch at a time, and in slices."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from time import perf_counter
from typing import Final

from predict.errors import Reason, RefusedError

SLICE: Final = 0.0003
"""Seconds of work after which others have their turn; answering one request takes about as long."""

MAX_WAITING: Final = 16
"""Batches that wait for their turn at most; each may hold 8 MiB."""


class Slices:
    """Divides work that would hold the event loop for too long."""

    def __init__(self) -> None:
        self._ends = perf_counter() + SLICE

    async def pause(self) -> None:
        """Let others have their turn if the slice is over; to be called after each row."""
        if perf_counter() >= self._ends:
            await asyncio.sleep(0)
            self._ends = perf_counter() + SLICE


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
                Reason.OVERLOADED, f"{MAX_WAITING} batches are waiting already; send this one again later"
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
