"""How the service ends: it is not ready for DRAIN_DELAY, and answers all the same; then it takes no more."""

import asyncio
import logging
import signal
from http import HTTPStatus
from types import FrameType
from typing import cast

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from predict.request.problems import problem_response
from predict.request.service import LifespanState, Service

_logger = logging.getLogger(__name__)


def drain_before_the_end(service: Service, delay: float, *, alone: bool) -> None:
    """Put `delay` seconds before what SIGTERM leads to; a second one leads to it at once if `alone`.

    One of several workers is told twice where their whole group is told: by whoever does, and by its parent.
    To be called in the event loop, once the server has set its own handler: whoever sends requests here
    sees that the service isn't ready, and goes elsewhere, before the port is closed.
    """
    loop, end = asyncio.get_running_loop(), signal.getsignal(signal.SIGTERM)
    if not callable(end):
        return

    def on_signal(number: int, frame: FrameType | None) -> None:
        if service.ending.is_set():
            if alone:
                end(number, frame)
            return
        service.ending.set()
        _logger.info("told to end: not ready from now on, and serving for %g s more", delay)
        loop.call_soon_threadsafe(loop.call_later, delay, end, number, None)

    signal.signal(signal.SIGTERM, on_signal)


class LastAnswers:
    """Closes each connection by its next answer once the service is told to end.

    Else a proxy would send a request over a connection just when it is closed, and could not repeat it.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        ending = cast("LifespanState", scope["state"])["service"].ending

        async def close(message: Message) -> None:
            if message["type"] == "http.response.start" and ending.is_set():
                message["headers"] = [*message["headers"], (b"connection", b"close")]
            await send(message)

        await self._app(scope, receive, close)


class CutShort:
    """Answers 503 to a request that is still under way when the server can wait for it no longer.

    The server then cancels it, and would answer by itself, in words that no client expects.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        started = False

        async def observe(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self._app(scope, receive, observe)
        except asyncio.CancelledError:
            if scope["type"] == "http" and not started:
                detail = "the service ends, and could not wait for this request; send it again"
                retry = {"Retry-After": "1"}
                answer = problem_response(HTTPStatus.SERVICE_UNAVAILABLE, detail, retry)
                await answer(scope, receive, send)
            raise
