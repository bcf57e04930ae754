"""X-Request-ID: the client's, or one that is made, in every answer."""

import re
from secrets import token_hex
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from predict.instrumentation import REQUEST_ID

HEADER: Final = b"x-request-id"

_SOUND: Final = re.compile(rb"[A-Za-z0-9._:/+=@-]{1,128}")
"""What is taken from a client: it goes into log lines and spans, and needs no quoting there."""


def id_of(scope: Scope) -> str:
    """The id of a request, which is the same whoever asks first."""
    if REQUEST_ID not in scope:
        scope[REQUEST_ID] = _given(scope) or token_hex(16)
    return str(scope[REQUEST_ID])


class RequestIds:
    """Gives each request its id, and each answer the same one.

    It has to be outside of everything that answers, so that an unexpected error can be told by its id too.
    What the server refuses before it is a request has its id by the same function.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = id_of(scope).encode("ascii")

        async def echo(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], (HEADER, request_id)]
            await send(message)

        await self._app(scope, receive, echo)


def _given(scope: Scope) -> str | None:
    """The client's id; one that is unsound, or given twice, is none."""
    found = [value for name, value in scope["headers"] if name == HEADER]
    return found[0].decode("ascii") if len(found) == 1 and _SOUND.fullmatch(found[0]) else None
