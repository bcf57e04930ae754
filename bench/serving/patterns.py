"""The two ways to load a service: as fast as it answers, and at a rate of one's own."""

import asyncio
import time
from collections import deque
from collections.abc import Iterator, Sequence
from typing import Final

from bench.serving.arrivals import Arrivals
from bench.serving.connection import Connection, LoadError

PATIENCE: Final = 30.0
"""Seconds that a run may take beyond what it should."""


class _Run:
    """What both have in common: latencies in seconds, and an end."""

    def __init__(self, requests: Iterator[bytes], seconds: float) -> None:
        self.latencies: list[float] = []
        self.seconds = seconds
        self._requests = requests
        self._loop = asyncio.get_running_loop()
        self._done: asyncio.Future[None] = self._loop.create_future()

    async def over(self, connections: Sequence[Connection]) -> None:
        """Load the service by these connections; raises LoadError, or TimeoutError."""
        for connection in connections:
            connection.pattern = self
        self._begin(connections)
        async with asyncio.timeout(self.seconds + PATIENCE):
            await self._done

    def failed(self, error: LoadError) -> None:
        """End the run with the first error."""
        if not self._done.done():
            self._done.set_exception(error)

    def answered(self, connection: Connection) -> None:
        """Take note of an answer; the connection is free again."""
        raise NotImplementedError

    def _begin(self, connections: Sequence[Connection]) -> None:
        raise NotImplementedError

    def _end(self) -> None:
        if not self._done.done():
            self._done.set_result(None)


class ClosedLoop(_Run):
    """Each connection sends its next request when its last one is answered."""

    def _begin(self, connections: Sequence[Connection]) -> None:
        now = time.monotonic()
        self._until = now + self.seconds
        self._under_way = len(connections)
        for connection in connections:
            connection.send(next(self._requests), now)

    def answered(self, connection: Connection) -> None:
        """Send the next request; after the end, only wait for the others."""
        now = time.monotonic()
        if now < self._until:
            self.latencies.append(now - connection.since)
            connection.send(next(self._requests), now)
            return
        self._under_way -= 1
        if not self._under_way:
            self._end()


class OpenLoop(_Run):
    """Requests are sent at a constant rate; one that finds every connection busy waits, and that counts."""

    def __init__(self, requests: Iterator[bytes], seconds: float, rate: float) -> None:
        super().__init__(requests, seconds)
        self.lateness: list[float] = []
        """How much later than due the generator itself was, request by request."""
        self._rate = rate
        self._count = max(round(rate * seconds), 1)
        self._waiting: deque[float] = deque()

    def _begin(self, connections: Sequence[Connection]) -> None:
        self._idle = deque(connections)
        self._arrivals = Arrivals(time.monotonic(), self._rate, self._count)
        self._arrive()

    def _arrive(self) -> None:
        now = time.monotonic()
        for due in self._arrivals.take(now):
            self.lateness.append(now - due)
            self._waiting.append(due)
        self._send()
        if self._arrivals.next is not None and not self._done.done():
            self._loop.call_at(self._arrivals.next, self._arrive)

    def answered(self, connection: Connection) -> None:
        """Take the longest waiting request, if there is one."""
        self.latencies.append(time.monotonic() - connection.since)
        self._idle.append(connection)
        self._send()
        if len(self.latencies) == self._count:
            self._end()

    def _send(self) -> None:
        while self._idle and self._waiting:
            self._idle.popleft().send(next(self._requests), self._waiting.popleft())
