"""The feature server's address, and a connection to it, over which one question is asked after the other.

It is HTTP/1.1 by asyncio and the parser that uvicorn has. By httpx a call takes a millisecond of the event
loop beside other requests, in several of its rounds; this takes a thirtieth, and goes out at once.
"""

import asyncio
from base64 import b64encode
from http import HTTPStatus
from ssl import SSLCertVerificationError, create_default_context
from typing import Final, NamedTuple
from urllib.parse import SplitResult, unquote, urlsplit

from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser

from predict.features.errors import BadAnswerError, FeatureServerError, NoAnswerError

PATH: Final = "get-online-features"

MAX_ANSWER: Final = 8 * 1024 * 1024
"""Bytes of an answer at most; 32 entities with a hundred features have a twentieth of that."""

_PORTS: Final = {"http": 80, "https": 443}


class HttpAnswer(NamedTuple):
    """What came back, whatever its status says."""

    status: int
    body: bytes


class Address:
    """Where the feature server is; no proxy of the environment is used."""

    def __init__(self, url: str) -> None:
        """`url` is what FEATURES_URL says, maybe with a user and a password, or a path."""
        parts = urlsplit(f"{url.rstrip('/')}/{PATH}")
        self.name = f"the feature server {parts.netloc.rpartition('@')[2]}"
        self._host, self._port = parts.hostname or "", parts.port or _PORTS[parts.scheme]
        self._tls = create_default_context() if parts.scheme == "https" else None
        self._head = _head_of(parts)

    async def connect(self) -> "Connection":
        """A new connection; raises NoAnswerError."""
        loop = asyncio.get_running_loop()
        try:
            _, connection = await loop.create_connection(
                lambda: Connection(self.name, self._head), self._host, self._port, ssl=self._tls
            )
        except SSLCertVerificationError as error:
            raise NoAnswerError(
                f"{self.name} has a certificate that is not trusted ({error.verify_message}); "
                "SSL_CERT_FILE may name an authority of your own"
            ) from None
        except OSError:
            raise NoAnswerError(f"{self.name} can't be reached") from None
        return connection


class Connection(asyncio.Protocol):
    """One connection to the feature server; asked by one task at a time."""

    _transport: asyncio.Transport

    def __init__(self, name: str, head: str) -> None:
        """`name` is the server's in messages; `head` is that of each request, as far as all have the same."""
        self._name = name
        self._head = head
        self._parser = HttpResponseParser(self)
        self._answer: asyncio.Future[HttpAnswer] | None = None
        self._body = bytearray()
        self.is_free = False
        """Whether another question may be asked."""

    async def ask(self, question: bytes) -> HttpAnswer:
        """The answer to a question in JSON; raises FeatureServerError, and ends the connection then."""
        self.is_free = False
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(f"{self._head}{len(question)}\r\n\r\n".encode() + question)
        try:
            return await self._answer
        finally:
            if not self.is_free:
                self.close()

    def close(self) -> None:
        """End it."""
        self.is_free = False
        self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Called by the event loop."""
        self._transport = transport  # type: ignore[assignment]  # uvloop's own, of no common class
        self.is_free = True

    def data_received(self, data: bytes) -> None:
        """Called by the event loop."""
        try:
            self._parser.feed_data(data)
        except (HttpParserError, HttpParserUpgrade):
            self._fail(NoAnswerError(f"{self._name} answered with what is no HTTP"))

    def connection_lost(self, exc: Exception | None) -> None:
        """Called by the event loop."""
        self.is_free = False
        self._fail(NoAnswerError(f"{self._name} ended the connection before its answer was complete"))

    def on_message_begin(self) -> None:
        """Called by the parser."""
        self._body.clear()
        if self._answer is None or self._answer.done():
            self.close()  # else what nobody has asked for would be the answer to the next question

    def on_body(self, body: bytes) -> None:
        """Called by the parser."""
        self._body += body
        if len(self._body) > MAX_ANSWER:
            self._fail(BadAnswerError(f"{self._name} answered with more than {MAX_ANSWER} bytes"))
            self.close()

    def on_message_complete(self) -> None:
        """Called by the parser."""
        status = self._parser.get_status_code()
        if status < HTTPStatus.OK or self._answer is None or self._answer.done():
            return
        self.is_free = self._parser.should_keep_alive()
        self._answer.set_result(HttpAnswer(status, bytes(self._body)))

    def _fail(self, error: FeatureServerError) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(error)


def _head_of(parts: SplitResult) -> str:
    """The head of each request, up to the length of its body."""
    host = parts.netloc.rpartition("@")[2]
    lines = [
        f"POST {parts.path} HTTP/1.1",
        f"Host: {host}",
        "User-Agent: driftline",
        "Accept: application/json",
        "Accept-Encoding: identity",
        "Content-Type: application/json",
        "Content-Length: ",
    ]
    if parts.username is not None:
        words = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        lines.insert(1, f"Authorization: Basic {b64encode(words.encode()).decode()}")
    return "\r\n".join(lines)
