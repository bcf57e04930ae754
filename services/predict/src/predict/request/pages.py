"""The pages for people: the API's page, which needs nothing from outside, and the links at `/`."""

from collections.abc import Sequence
from html import escape
from importlib import resources
from pathlib import Path
from typing import Final

from fastapi import Request, Response
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import FileResponse
from starlette.routing import BaseRoute, Route

from predict.request.models.route import Endpoint
from predict.score.models.bundles import Model, OpenedModel
from predict.settings import Settings

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


def render_root_page(models: Sequence[Model], settings: Settings) -> str:
    """The page as HTML; links hold below any path, and what has no address in the settings has none."""
    links = {
        "Try it: the API and an example": "docs",
        "The model" if len(models) == 1 else "The models": "model" if len(models) == 1 else "models",
        "Is it ready?": "ready",
        "Metrics": "metrics",
        "Reports and evaluations": settings.reports_url,
        "Dashboards (Grafana)": settings.grafana_url,
        "Metrics over time (Prometheus)": settings.prometheus_url,
    }
    items = "\n".join(
        f'<li><a href="{escape(str(url), quote=True)}">{escape(text)}</a></li>'
        for text, url in links.items()
        if url
    )
    return f"""<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>{escape(title_of(models))}</title>
<h1>predict</h1>
{_served(models)}
<ul>
{items}
</ul>
</html>
"""


def _served(models: Sequence[Model]) -> str:
    """A sentence about each model."""
    first, *others = map(_sentence, models)
    if not others:
        return f"<p>{first}</p>"
    listed = "\n".join(f"<li>{each}</li>" for each in others)
    return f"<ul>\n<li>{first} It answers at /predict too.</li>\n{listed}\n</ul>"


def _sentence(model: Model) -> str:
    name = escape(model.name)
    if isinstance(model, OpenedModel):
        return f"Serves the model {name}, version {escape(model.bundle.version)}."
    return f"<strong>The model {name} is not served</strong>: {escape(model.why)}."
