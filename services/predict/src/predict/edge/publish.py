"""Where the edge is put around the application, as the settings say; what is off is not there."""

from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.errors import ServerErrorMiddleware
from starlette.types import ASGIApp
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from contract.proxy.prefix import PublicPrefix
from contract.proxy.redirect import RootRedirect
from predict.edge.access_log import AccessLog
from predict.edge.drain import CutShort, LastAnswers
from predict.edge.origins import cors_options
from predict.edge.request_id import RequestIds
from predict.instrumentation import RequestMetrics, paths_of
from predict.metrics import Metrics
from predict.request.problems import tell_unexpected_error
from predict.settings import Settings


def add_layers(app: FastAPI, settings: Settings, metrics: Metrics) -> None:
    """Put around the routes what is within a request's span; the last one is the outermost."""
    paths = paths_of(app)
    app.add_middleware(RootRedirect)
    app.add_middleware(CutShort)
    app.add_middleware(ServerErrorMiddleware, handler=tell_unexpected_error)  # within those that follow
    if settings.cors_origins is not None:
        app.add_middleware(CORSMiddleware, **cors_options(settings.cors_origins))
    app.add_middleware(RequestMetrics, metrics=metrics, routes=paths)
    if settings.access_log == "on":
        app.add_middleware(AccessLog, routes=paths)


def published(app: FastAPI, settings: Settings) -> ASGIApp:
    """The application as the server has it: with each request's id, and below its public path."""
    trusted = settings.trusted_proxies
    layered: ASGIApp = app
    if settings.drain_delay:
        layered = LastAnswers(layered)
    if settings.forwarded_allow_ips is not None and settings.access_log == "on":
        layered = ProxyHeadersMiddleware(layered, settings.forwarded_allow_ips)  # type: ignore[arg-type, assignment]
    if settings.root_path or trusted is not None:
        layered = PublicPrefix(layered, settings.root_path, trusted, own=paths_of(app))
    return RequestIds(layered)
