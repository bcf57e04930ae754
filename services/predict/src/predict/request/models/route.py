"""Routes of the OpenAPI page whose endpoints answer by themselves."""

from collections.abc import Awaitable, Callable
from enum import Enum
from http import HTTPStatus
from typing import Any

from fastapi import Request, Response, Security
from fastapi.routing import APIRoute
from fastapi.security import HTTPBearer
from pydantic import BaseModel
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Receive, Scope, Send

from predict.request import openapi

Endpoint = Callable[[Request], Awaitable[Response]]


class DirectRoute(APIRoute):
    """A documented route whose endpoint takes the request and gives the response, with nothing in between."""

    def __init__(self, path: str, endpoint: Endpoint, **options: Any) -> None:
        super().__init__(path, endpoint, **options)
        self.app = _direct(endpoint)


def _direct(endpoint: Endpoint) -> ASGIApp:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        response = await endpoint(Request(scope, receive, send))
        await response(scope, receive, send)

    return app


def post_route(
    path: str,
    endpoint: Endpoint,
    *refusals: HTTPStatus,
    summary: str,
    tags: list[str | Enum],
    status: HTTPStatus = HTTPStatus.OK,
    answer: type[BaseModel],
    body: dict[str, Any],
    is_open: bool,
) -> DirectRoute:
    """A route that takes JSON; `refusals` are those that it has beside the usual ones."""
    problems = openapi.problems(
        HTTPStatus.BAD_REQUEST,
        *([] if is_open else [HTTPStatus.UNAUTHORIZED]),
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
        HTTPStatus.UNPROCESSABLE_ENTITY,
        *refusals,
    )
    return DirectRoute(
        path,
        endpoint,
        methods=["POST"],
        status_code=status,
        summary=summary,
        tags=tags,
        responses={status.value: {"model": answer}, **problems},
        dependencies=[] if is_open else [Security(HTTPBearer(description="a key of API_KEYS"))],
        openapi_extra={"requestBody": body},
    )


def get_routes(path: str, endpoint: Endpoint, **options: Any) -> list[BaseRoute]:
    """What can be got, as the OpenAPI page has it, and its HEAD."""
    return [
        DirectRoute(path, endpoint, methods=["GET"], **options),
        DirectRoute(path, endpoint, methods=["HEAD"], include_in_schema=False),
    ]
