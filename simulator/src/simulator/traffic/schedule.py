"""The schedule of a replay: the next request is due at once, or with its row at a constant rate."""

import asyncio
from collections.abc import Sequence
from time import perf_counter
from typing import Any

from simulator.scenario.rows import Request
from simulator.traffic.counts import ReplayCounts

LATE = 0.005
"""Seconds of delay from which a row counts as late; an event loop that keeps up delays less."""

TIMER = 0.001
"""Seconds that a timer of the event loop may be late, because epoll counts in milliseconds."""


class Schedule:
    """Gives the requests to the clients in order, until there are no more or until `stopping` is done.

    With a rate (rows/s), row i is due i / rate seconds after the first one, however long answers take, and a
    batch with its first row. A latency that starts at this time includes the time in which every client was
    busy.
    """

    def __init__(
        self,
        requests: Sequence[Request],
        rate: float | None,
        counts: ReplayCounts,
        stopping: asyncio.Task[Any],
    ) -> None:
        self._requests = iter(requests)
        self._rate = rate
        self._counts = counts
        self._stopping = stopping
        self._lock = asyncio.Lock()
        self._began = perf_counter()

    async def next(self) -> tuple[Request, float | None] | None:
        """Wait for the next request; return it and its due time (by perf_counter), or None at the end."""
        async with self._lock:
            if self._stopping.done():
                return None
            request = next(self._requests, None)
            if request is None:
                return None
            if self._rate is None:
                return request, None
            due = self._began + (request.number - 1) / self._rate
            await self._wait_until(due, request.rows)
            return None if self._stopping.done() else (request, due)

    async def _wait_until(self, due: float, rows: int) -> None:
        delay = due - perf_counter()
        if delay > TIMER:
            await asyncio.wait({self._stopping}, timeout=delay - TIMER)
        while perf_counter() < due and not self._stopping.done():
            await asyncio.sleep(0)
        late = perf_counter() - due
        if late > LATE:
            self._counts.late += rows
            self._counts.max_late = max(self._counts.max_late, late)
