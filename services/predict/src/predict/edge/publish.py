"""Where the edge is put around the application, as the settings say; what is off is not there."""

from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from contract.proxy.prefix import PublicPrefix
from predict.edge.access_log import AccessLog
from predict.edge.drain import LastAnswers
from predict.edge.request_id import RequestIds
from predict.instrumentation import RequestMetrics, paths_of
from predict.metrics import Metrics
from predict.settings import Settings

ASKED_WITH = (
    "Authorization",
    "Content-Encoding",
    "Content-Type",
    "Idempotency-Key",
    "X-Request-ID",
    "traceparent",
    "tracestate",
)
"""The headers that a page of another origin may send."""


def add_layers(app: FastAPI, settings: Settings, metrics: Metrics) -> None:
    """Put around the routes what is within a request's span; the last one is the outermost."""
    paths = paths_of(app)
    if settings.cors_origins is not None:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=settings.cors_origins.split(","),
            allow_methods=["GET", "HEAD", "POST"],
            allow_headers=ASKED_WITH,
            expose_headers=["Retry-After", "X-Request-ID"],
        )
    app.add_middleware(RequestMetrics, metrics=metrics, routes=paths)
    if settings.access_log == "on":
        app.add_middleware(AccessLog, routes=paths)


def published(app: FastAPI, settings: Settings) -> ASGIApp:
    """The application as the server has it: with each request's id, and below its public path."""
    trusted = settings.trusted_proxies
    layered: ASGIApp = RequestIds(app)
    if settings.drain_delay:
        layered = LastAnswers(layered)
    if settings.forwarded_allow_ips is not None and settings.access_log == "on":
        layered = ProxyHeadersMiddleware(layered, settings.forwarded_allow_ips)  # type: ignore[arg-type, assignment]
    if settings.root_path or trusted is not None:
        layered = PublicPrefix(layered, settings.root_path, trusted, own=paths_of(app))
    return layered
