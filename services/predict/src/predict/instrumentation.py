"""What measures requests: our own count and latency, and HTTP's semantic conventions beside them."""

import os
from http import HTTPStatus
from time import perf_counter
from typing import Final

from fastapi import FastAPI
from fastapi.telemetry import TelemetryConfig
from opentelemetry.instrumentation.fastapi import FastAPIInstrumentor
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from telemetry.providers import Telemetry

from predict.http_meter import HttpMeterProvider
from predict.metrics import Metrics

PROBES: Final = frozenset({"/health", "/ready", "/metrics"})
"""What is asked every few seconds by machines; not traced, and not in the conventions' metrics."""

_OFF: Final[TelemetryConfig] = {"tracing": False, "metrics": False, "logs": False, "auto_configure": False}


def own_telemetry(telemetry: Telemetry, native: bool) -> TelemetryConfig:
    """The setting of FastAPI's own telemetry; off has to be said, since it would switch itself on."""
    if not (native and telemetry.records):
        return _OFF
    return {
        **_OFF,
        "tracing": True,
        "metrics": True,
        "operation_spans": False,
        "tracer_provider": telemetry.tracer_provider,
        "meter_provider": HttpMeterProvider(telemetry.meter_provider),
        "exclude": lambda scope: scope["path"] in PROBES,
    }


def instrument(app: FastAPI, telemetry: Telemetry) -> None:
    """Put OpenTelemetry's instrumentation around the application, with the stable conventions."""
    if not telemetry.records:
        return
    os.environ.setdefault("OTEL_SEMCONV_STABILITY_OPT_IN", "http")
    probes = "|".join(path.removeprefix("/") for path in sorted(PROBES))
    FastAPIInstrumentor.instrument_app(
        app,
        tracer_provider=telemetry.tracer_provider,
        meter_provider=HttpMeterProvider(telemetry.meter_provider),
        excluded_urls=f"^[^/]*//[^/]*/({probes})$",
        exclude_spans=["receive", "send"],
    )


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
