"""The room in the queue: memory is limited, and many rows must leave some of it to single records."""

import asyncio
from collections.abc import Callable
from typing import Final

MAX_QUEUED: Final = 2048
"""Records that wait at most; one is about 500 bytes, and 20 kB at the very most."""

MAX_HELD: Final = 1024
"""Of that, what may be held at most for rows that come together; the rest is left to single records."""


class Room:
    """Says who may join the queue, and keeps room for rows that are to join together."""

    def __init__(self, queued: Callable[[], int]) -> None:
        """`queued` tells how many records are in the queue."""
        self._queued = queued
        self._held = 0
        self._made = asyncio.Event()
        self._turn = asyncio.Lock()

    @property
    def is_full(self) -> bool:
        """Whether another record has to wait before it may join."""
        return self._queued() + self._held >= MAX_QUEUED

    async def wait(self, deadline: float) -> bool:
        """Wait until another record may join, until `deadline` on the loop's clock at most."""
        try:
            async with asyncio.timeout_at(deadline):
                while self.is_full:
                    await self._change()
        except TimeoutError:
            return False
        return True

    async def hold(self, rows: int, deadline: float) -> bool:
        """Wait until all of the rows may join, and hold that room; `deadline` as above.

        Who comes first is served first, so that many rows do not wait for as long as few come.
        """
        try:
            async with asyncio.timeout_at(deadline), self._turn:
                while not self._fits(rows):
                    await self._change()
                self._held += rows
        except TimeoutError:
            return False
        return True

    def give_back(self, rows: int) -> None:
        """Hold the room of so many rows no longer: they have joined, or will not."""
        self._held -= rows
        self._made.set()

    def made(self) -> None:
        """Let those look again who wait for room."""
        self._made.set()

    def _fits(self, rows: int) -> bool:
        held = self._held + rows
        return held <= MAX_HELD and self._queued() + held <= MAX_QUEUED

    async def _change(self) -> None:
        self._made.clear()
        await self._made.wait()
