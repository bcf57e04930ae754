"""The API's page, which needs nothing from outside."""

from collections.abc import Sequence
from importlib import resources
from pathlib import Path
from typing import Final

from fastapi import Request, Response
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import FileResponse
from starlette.routing import BaseRoute, Route

from predict.request.models.route import Endpoint
from predict.score.models.bundles import Model

_ASSETS: Final = ("swagger-ui-bundle.js", "swagger-ui.css", "favicon.png")


def title_of(models: Sequence[Model]) -> str:
    """What the service is called: predict, and the names of its models."""
    return f"predict: {', '.join(model.name for model in models)}"


def docs_routes(title: str, document: Endpoint) -> list[BaseRoute]:
    """Swagger UI at /docs, its files below it, and what it shows; its links hold behind a path prefix too."""
    script, style, icon = (f"docs/{name}" for name in _ASSETS)
    page = get_swagger_ui_html(
        openapi_url="openapi.json",
        title=title,
        swagger_js_url=script,
        swagger_css_url=style,
        swagger_favicon_url=icon,
    )

    async def docs(_: Request) -> Response:
        return page

    return [Route("/docs", docs), Route("/openapi.json", document), *(_asset(name) for name in _ASSETS)]


def _asset(name: str) -> Route:
    path = Path(str(resources.files("fastapi_offline") / "static" / name))

    async def asset(_: Request) -> Response:
        return FileResponse(path)

    return Route(f"/docs/{name}", asset)
