"""A connection to the feature server, over which one question is asked after the other.

It is HTTP/1.1 by asyncio and the parser that uvicorn has, for two reasons. A question goes out at once: by
httpx it takes a millisecond of the event loop, and by httpcore half of that, for which all wait that share
the next call. And whoever stops waiting ends the connection: where a call is cancelled, httpcore may keep one
for ever, so that after a slow spell none would be left.
"""

import asyncio
from http import HTTPStatus
from typing import Final, NamedTuple

from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser

from predict.features.errors import BadAnswerError, FeatureServerError, NoAnswerError

MAX_ANSWER: Final = 8 * 1024 * 1024
"""Bytes of an answer at most; 32 entities with a hundred features have a twentieth of that."""

_OF_LENGTH: Final = frozenset({b"content-length", b"transfer-encoding"})
"""Headers without which an answer ends with its connection."""


class HttpAnswer(NamedTuple):
    """What came back, whatever its status says."""

    status: int
    body: bytes


class Connection(asyncio.Protocol):
    """Asked by one task at a time; it is free again once a whole answer has come."""

    _transport: asyncio.Transport

    def __init__(self, name: str, head: str) -> None:
        """`name` is the server's in messages; `head` is that of each request, up to its length."""
        self._name = name
        self._head = head
        self._parser = HttpResponseParser(self)
        self._answer: asyncio.Future[HttpAnswer] | None = None
        self._body = bytearray()
        self._ends_with_connection = False
        self.is_free = False
        """Whether another question may be asked."""
        self.free_since = 0.0
        """On the event loop's clock."""

    async def ask(self, question: bytes) -> HttpAnswer:
        """The answer to a question in JSON; raises FeatureServerError. It is closed where none comes."""
        self.is_free = False
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(f"{self._head}{len(question)}\r\n\r\n".encode() + question)
        try:
            return await self._answer
        finally:
            if not self.is_free:
                self._transport.abort()

    def close(self) -> None:
        """End it."""
        self.is_free = False
        self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Called by the event loop."""
        self._transport = transport  # type: ignore[assignment]  # uvloop's own, of no common class
        self._set_free()

    def data_received(self, data: bytes) -> None:
        """Called by the event loop."""
        if self._answer is None or self._answer.done():
            self.close()  # what nobody has asked for is no answer to the next question
            return
        try:
            self._parser.feed_data(data)
        except (HttpParserError, HttpParserUpgrade):
            self.close()
            self._fail(NoAnswerError(f"{self._name} answered with what isn't HTTP"))

    def connection_lost(self, exc: Exception | None) -> None:
        """Called by the event loop."""
        self.is_free = False
        if exc is None and self._ends_with_connection and self._body:
            self._tell()
        self._fail(NoAnswerError(f"{self._name} ended the connection before its answer was complete"))

    def on_message_begin(self) -> None:
        """Called by the parser."""
        if self._answer is None or self._answer.done():
            self.close()  # as above, of what comes together with an answer
        self._body.clear()
        self._ends_with_connection = True

    def on_header(self, name: bytes, _: bytes) -> None:
        """Called by the parser."""
        self._ends_with_connection &= name.lower() not in _OF_LENGTH

    def on_body(self, body: bytes) -> None:
        """Called by the parser."""
        self._body += body
        if len(self._body) > MAX_ANSWER:
            self._fail(BadAnswerError(f"{self._name} answered with more than {MAX_ANSWER} bytes"))
            self.close()

    def on_message_complete(self) -> None:
        """Called by the parser."""
        if self._parser.get_status_code() < HTTPStatus.OK or self._answer is None or self._answer.done():
            return
        if self._parser.should_keep_alive():
            self._set_free()
        self._tell()

    def _set_free(self) -> None:
        self.is_free = True
        self.free_since = asyncio.get_running_loop().time()

    def _tell(self) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(HttpAnswer(self._parser.get_status_code(), bytes(self._body)))

    def _fail(self, error: FeatureServerError) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(error)
