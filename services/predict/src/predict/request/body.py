"""The body of a request, read within limits."""

from email.message import Message
from typing import Final

from fastapi import Request
from starlette.types import Scope

from predict.errors import Reason, RefusedError

MAX_BODY: Final = 1024 * 1024
"""Bytes; the largest valid request of a hundred features is a third of that."""

MAX_CONTENT_TYPE: Final = 256
"""Characters; the standard library's time to parse one grows with the square of its length."""

REFUSAL: Final = "predict.refusal"
"""Where a request's scope tells why the server gave it up while its body was awaited."""

_TOO_LARGE: Final = f"the body is larger than {MAX_BODY} bytes"


async def read_json_body(request: Request) -> bytes:
    """The whole body of a request that says it is JSON; raises RefusedError.

    The limit holds for what comes in, whatever Content-Length says.
    """
    _check_content_type(request.headers.get("content-type"))
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise RefusedError(Reason.CONTENT_ENCODING, "expected a body without Content-Encoding")
    if int(request.headers.get("content-length", 0)) > MAX_BODY:
        raise RefusedError(Reason.BODY_TOO_LARGE, _TOO_LARGE)
    body = b""
    more = True
    while more:
        message = await request.receive()
        if message["type"] == "http.disconnect":
            raise refusal_of(request.scope) or RefusedError(
                Reason.DISCONNECTED, "the client left before its request was complete"
            )
        body += message["body"]
        more = message["more_body"]
        if len(body) > MAX_BODY:
            raise RefusedError(Reason.BODY_TOO_LARGE, _TOO_LARGE)
    return body


def refusal_of(scope: Scope) -> RefusedError | None:
    """Why the server gave the request up; None where it did not."""
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
