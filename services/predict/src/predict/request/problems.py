"""Around every request: its own count and latency, and each failure told as a problem document."""

from collections.abc import Mapping
from http import HTTPStatus
from time import perf_counter
from typing import Any

from fastapi import Request, Response
from starlette.exceptions import HTTPException
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from predict.errors import PROBLEM_TYPE, problem
from predict.metrics import Metrics

UNMATCHED = "unmatched"


class RequestMetrics:
    """Counts each request and measures it, inside of its span, whatever becomes of it."""

    def __init__(self, app: ASGIApp, metrics: Metrics, routes: frozenset[str]) -> None:
        self._app = app
        self._metrics = metrics
        self._routes = routes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = perf_counter()
        status = int(HTTPStatus.INTERNAL_SERVER_ERROR)

        async def observe(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, observe)
        finally:
            route = scope["path"] if scope["path"] in self._routes else UNMATCHED
            self._metrics.request(route, scope["method"], status, perf_counter() - started)


def problem_response(
    status: int, detail: str, headers: Mapping[str, str] | None = None, **more: Any
) -> Response:
    """A problem document as a response."""
    return Response(problem(status, detail, **more), status, headers, PROBLEM_TYPE)


async def tell_http_error(request: Request, error: Exception) -> Response:
    """What the router refuses: an unknown path, or a method that the path doesn't have."""
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for this class alone
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        allowed = ", ".join(_methods_of(request))
        return problem_response(error.status_code, f"expected one of: {allowed}", {"Allow": allowed})
    detail = "there is nothing at this path; /docs lists what there is"
    return problem_response(
        error.status_code, detail if error.status_code == HTTPStatus.NOT_FOUND else error.detail
    )


async def tell_unexpected_error(request: Request, error: Exception) -> Response:
    """What should not happen; the log says what it was."""
    return problem_response(
        HTTPStatus.INTERNAL_SERVER_ERROR, "an unexpected error; the service's log tells more"
    )


def _methods_of(request: Request) -> list[str]:
    routes = [route for route in request.app.routes if isinstance(route, Route)]
    found = [route.methods or set() for route in routes if route.path == request.scope["path"]]
    return sorted(set().union(*found))
