"""The body of a request, whole, and within its limits of size and time."""

import asyncio
from dataclasses import dataclass
from email.message import Message
from typing import Final

from fastapi import Request
from starlette.types import Scope

from predict.errors import Reason, RefusedError
from predict.request.body.inflate import inflated

MAX_BODY: Final = 1024 * 1024
"""Bytes; the largest valid request of a hundred features is a third of that."""

MAX_CONTENT_TYPE: Final = 256
"""Characters; the standard library's time to parse one grows with the square of its length."""

REFUSAL: Final = "predict.refusal"
"""The place in a request's scope where the server says why it no longer waits for the body."""

IDENTITY: Final = "identity"
GZIP: Final = frozenset({"gzip", "x-gzip"})
"""The names of the one Content-Encoding that is taken (RFC 9110, 8.4.1.3)."""


@dataclass(frozen=True, slots=True)
class Body:
    """A body as it came, within its limit, which holds for its content too; both in bytes."""

    received: bytes
    is_gzip: bool
    limit: int

    async def content(self, turn: asyncio.Lock) -> bytes:
        """What it says; raises RefusedError. One gzip body has its `turn`: what is small may become large."""
        if not self.is_gzip:
            return self.received
        async with turn:
            content = await inflated(self.received, self.limit)
        if content is None:
            raise _too_large(self.limit, "once inflated ")
        return content


async def read_json_body(request: Request, limit: int = MAX_BODY) -> Body:
    """Read the whole body of a request whose header says that it is JSON; raises RefusedError.

    The limit, in bytes, holds for what comes in, whatever Content-Length says.
    """
    _check_content_type(request.headers.get("content-type"))
    encoding = request.headers.get("content-encoding", IDENTITY).lower()
    if encoding != IDENTITY and encoding not in GZIP:
        raise RefusedError(Reason.CONTENT_ENCODING, "expected Content-Encoding: gzip, or none")
    body = await _received(request, limit)
    return Body(body, bool(body) and encoding != IDENTITY, limit)


async def _received(request: Request, limit: int) -> bytes:
    if int(request.headers.get("content-length", 0)) > limit:
        raise _too_large(limit)
    parts: list[bytes] = []
    size, more = 0, True
    while more:
        message = await request.receive()
        if message["type"] == "http.disconnect":
            raise refusal_of(request.scope) or RefusedError(
                Reason.DISCONNECTED, "the client left before its request was complete"
            )
        parts.append(message["body"])
        size += len(message["body"])
        more = message["more_body"]
        if size > limit:
            raise _too_large(limit)
    return b"".join(parts)


def _too_large(limit: int, when: str = "") -> RefusedError:
    return RefusedError(Reason.BODY_TOO_LARGE, f"the body is {when}larger than {limit} bytes")


def refusal_of(scope: Scope) -> RefusedError | None:
    """Give the reason for which the server gave the request up; None where it did not."""
    found: RefusedError | None = scope.get(REFUSAL)
    return found


def _check_content_type(value: str | None) -> None:
    if value == "application/json":
        return
    if value is None or len(value) > MAX_CONTENT_TYPE or not _is_json(value):
        raise RefusedError(Reason.CONTENT_TYPE, "expected Content-Type: application/json, in UTF-8")


def _is_json(content_type: str) -> bool:
    message = Message()
    message["content-type"] = content_type or "none/none"
    try:
        charset = message.get_content_charset("utf-8")
    except (TypeError, ValueError):  # what the standard library makes of malformed parameters
        charset = "unknown"
    return message.get_content_type() == "application/json" and charset in {"utf-8", "utf8"}
