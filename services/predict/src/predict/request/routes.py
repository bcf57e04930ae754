"""The routes: they translate between HTTP and the service, and decide nothing."""

import asyncio
from collections.abc import Sequence
from http import HTTPStatus
from typing import Final

from fastapi import Request, Response
from fastapi.responses import HTMLResponse, JSONResponse
from starlette.routing import BaseRoute

from predict.request import openapi
from predict.request.models.answers import readiness
from predict.request.models.route import get_routes
from predict.request.models.routes import model_routes
from predict.request.pages.root import ModelCard, root_page
from predict.request.service import ENDING, Service, service_of
from predict.score.models.bundles import Model
from telemetry.providers import PAGE_TYPE

PAGE_HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
}


async def health(_: Request) -> Response:
    """Say that the process lives."""
    return JSONResponse({"status": "alive"})


async def ready(request: Request) -> Response:
    """Say whether predictions are answered and logged, with the reasons where they aren't."""
    service = service_of(request)
    return readiness(service.reasons_not_ready, service.limitations)


async def metrics(request: Request) -> Response:
    """Give this process's metrics as Prometheus text; nothing where they go to a collector."""
    return Response(service_of(request).telemetry.page(), media_type=PAGE_TYPE)


async def root(request: Request) -> Response:
    """Show what is served and what was decided last, and link to everything that there is to see."""
    service = service_of(request)
    names = service.standing.names
    cards = await asyncio.gather(*(_card(service, name) for name in names))
    return HTMLResponse(
        root_page(f"predict: {', '.join(names)}", cards, service.settings), headers=PAGE_HEADERS
    )


async def _card(service: Service, name: str) -> ModelCard:
    if (model := service.models.get(name)) is None:
        return ModelCard(name, None, None, [service.standing.damaged[name]], [], "")
    return ModelCard(
        name,
        model.bundle.version,
        model.since,
        [ENDING] if service.ending.is_set() else model.reasons_not_ready,
        [*model.limitations, *service.standing.limitations[name]],
        await service.decisions.read(model.partition),
    )


def routes(models: Sequence[Model], *, is_open: bool, looks_up: bool) -> list[BaseRoute]:
    """Every route, the busiest first; whatever can be got has a HEAD as well."""
    not_ready = openapi.problems(HTTPStatus.SERVICE_UNAVAILABLE)
    return [
        *model_routes(models, is_open=is_open, looks_up=looks_up),
        *get_routes("/health", health, summary="Health"),
        *get_routes("/ready", ready, summary="Readiness", responses=not_ready),
        *get_routes("/metrics", metrics, summary="Metrics", response_class=Response),
        *get_routes("/", root, include_in_schema=False),
    ]
