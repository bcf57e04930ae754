"""A line of the log for each request, with nothing in it that a client wrote but its id."""

import logging
from collections.abc import Container
from http import HTTPStatus
from ipaddress import ip_address
from time import perf_counter

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from predict.edge.request_id import id_of
from predict.instrumentation import PROBES, route_of

_logger = logging.getLogger("predict.access")


class AccessLog:
    """Writes a line when a request is over; probes that succeed have none."""

    def __init__(self, app: ASGIApp, routes: Container[str]) -> None:
        self._app = app
        self._routes = routes
        _logger.setLevel(logging.INFO)  # whatever LOG_LEVEL is: it was asked for

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = perf_counter()
        status, sent = int(HTTPStatus.INTERNAL_SERVER_ERROR), 0

        async def observe(message: Message) -> None:
            nonlocal status, sent
            if message["type"] == "http.response.start":
                status = message["status"]
            else:
                sent += len(message.get("body", b""))
            await send(message)

        try:
            await self._app(scope, receive, observe)
        finally:
            route = route_of(scope, self._routes)
            if route not in PROBES or status >= HTTPStatus.BAD_REQUEST:
                write_line(scope, route, status, sent, perf_counter() - started)


def write_line(scope: Scope, route: str, status: int, sent: int, seconds: float) -> None:
    """Write the line of one request; `sent` are the bytes of its answer's body."""
    client, method = scope.get("client"), scope.get("method", "")
    told = {
        "request_id": id_of(scope),
        "method": method,
        "route": route,
        "status": int(status),
        "seconds": round(seconds, 6),
        "bytes": sent,
        "client": _address(client[0]) if client else None,
    }
    _logger.info("%s %s %d", method, route, status, extra=told)


def _address(host: str) -> str | None:
    """A client's address; None where it is none: a proxy may pass on what a client said of itself."""
    try:
        return str(ip_address(host))
    except ValueError:
        return None
