"""When the next row is due: at once, or at a constant rate."""

import asyncio
from collections.abc import Sequence
from time import perf_counter
from typing import Any

from simulator.scenario.rows import Request
from simulator.traffic.tally import Tally

LATE = 0.005
"""Seconds after which a row counts as sent late: above the jitter of an event loop that keeps up."""

TIMER = 0.001
"""The event loop's timers wake up to this many seconds late (epoll counts in milliseconds)."""


class Schedule:
    """Hands out rows in order, to one client after the other, until there are no more or `stopping` is done.

    With a rate (rows/s), row i is due i / rate seconds after the first, however long answers take, and that
    time is handed out with it: a latency that counts from there holds the time in which no client was free.
    """

    def __init__(
        self, requests: Sequence[Request], rate: float | None, tally: Tally, stopping: asyncio.Task[Any]
    ) -> None:
        self._requests = iter(enumerate(requests))
        self._rate = rate
        self._tally = tally
        self._stopping = stopping
        self._turn = asyncio.Lock()
        self._began = perf_counter()

    async def next(self) -> tuple[Request, float | None] | None:
        """Return the next row and when it was due, on the clock of perf_counter; None at the end."""
        async with self._turn:
            if self._stopping.done():
                return None
            index, request = next(self._requests, (0, None))
            if request is None:
                return None
            if self._rate is None:
                return request, None
            due = self._began + index / self._rate
            await self._wait_until(due)
            return None if self._stopping.done() else (request, due)

    async def _wait_until(self, due: float) -> None:
        delay = due - perf_counter()
        if delay > TIMER:
            await asyncio.wait({self._stopping}, timeout=delay - TIMER)
        while perf_counter() < due and not self._stopping.done():
            await asyncio.sleep(0)
        late = perf_counter() - due
        if late > LATE:
            self._tally.late += 1
            self._tally.max_late = max(self._tally.max_late, late)
