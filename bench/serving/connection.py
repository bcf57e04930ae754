"""A connection that sends prepared requests, with next to no work of its own for each."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Protocol, cast

from httptools import HttpResponseParser

from demo.machine.ports import HOST


class LoadError(Exception):
    """The service refused a request or went away; figures of such a run would mean nothing."""


class Pattern(Protocol):
    """What connections are used for."""

    def answered(self, connection: "Connection") -> None:
        """Take note of an answer; the connection is free again."""

    def failed(self, error: LoadError) -> None:
        """End the run."""


class Connection(asyncio.Protocol):
    """Sends one request at a time, and tells its pattern of each answer."""

    def __init__(self) -> None:
        self.pattern: Pattern | None = None
        self.since = 0.0
        """From when the request under way is timed, on the monotonic clock."""
        self._parser = HttpResponseParser(self)
        self._transport: asyncio.WriteTransport | None = None
        self.body = b""
        """Of the answer, as far as it has come."""

    def send(self, request: bytes, since: float) -> None:
        """Send a request; the one before must have been answered."""
        self.since = since
        self.body = b""
        if self._transport is not None:
            self._transport.write(request)

    def close(self) -> None:
        """Close the connection, and tell nobody."""
        self.pattern = None
        if self._transport is not None:
            self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Called by the event loop."""
        self._transport = cast("asyncio.WriteTransport", transport)  # uvloop's own, of no common class

    def data_received(self, data: bytes) -> None:
        """Called by the event loop."""
        self._parser.feed_data(data)

    def connection_lost(self, exc: Exception | None) -> None:
        """Called by the event loop."""
        self._fail(f"the service closed a connection: {exc or 'it did not say why'}")

    def on_body(self, body: bytes) -> None:
        """Called by the parser."""
        self.body += body

    def on_message_complete(self) -> None:
        """Called by the parser."""
        status = self._parser.get_status_code()
        if status not in (HTTPStatus.OK, HTTPStatus.ACCEPTED):
            self._fail(f"the service answered {status}: {self.body.decode(errors='replace')[:300]}")
        elif self.pattern is not None:
            self.pattern.answered(self)

    def _fail(self, what: str) -> None:
        if self.pattern is not None:
            self.pattern.failed(LoadError(what))


@asynccontextmanager
async def connected(port: int, count: int) -> AsyncIterator[Sequence[Connection]]:
    """So many open connections to a port of this machine; raises OSError."""
    loop = asyncio.get_running_loop()
    connections: list[Connection] = []
    try:
        for _ in range(count):
            _, connection = await loop.create_connection(Connection, HOST, port)
            connections.append(connection)
        yield connections
    finally:
        for connection in connections:
            connection.close()


def path_of(body: bytes) -> str:
    """Where a body belongs: many rows, labels, or one row."""
    if body.startswith(b'{"rows":'):
        return "/predict/batch"
    return "/labels" if body.startswith(b'{"labels":') else "/predict"


def post_request(body: bytes) -> bytes:
    """A POST with that body to where it belongs, as it goes over the wire."""
    head = f"POST {path_of(body)} HTTP/1.1\r\nHost: {HOST}\r\nContent-Type: application/json\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body
