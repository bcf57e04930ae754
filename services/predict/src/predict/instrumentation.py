"""What measures requests: our own count and latency, and HTTP's semantic conventions beside them."""

import os
from collections.abc import Container, Mapping, Sequence
from http import HTTPStatus
from time import perf_counter
from typing import Any, Final

from fastapi import FastAPI
from fastapi.telemetry import TelemetryConfig
from opentelemetry.context import Context
from opentelemetry.instrumentation.fastapi import FastAPIInstrumentor
from opentelemetry.metrics import (
    Histogram,
    Meter,
    MeterProvider,
    NoOpMeter,
    NoOpUpDownCounter,
    UpDownCounter,
)
from opentelemetry.trace import get_current_span
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from predict.metrics import LATENCY_BUCKETS, Metrics
from predict.tally import Tally
from telemetry.providers import Telemetry

PROBES: Final = frozenset({"/health", "/ready", "/metrics"})
"""What is asked every few seconds by machines; not traced, and not in the conventions' metrics."""

REQUEST_ID: Final = "predict.request_id"
"""The place in a request's scope where its id stands, if it has one."""

UNMATCHED: Final = "unmatched"
"""The route of a request whose path has none."""

DURATION: Final = "http.server.request.duration"
ACTIVE: Final = "http.server.active_requests"

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


def paths_of(app: FastAPI) -> frozenset[str]:
    """The paths that the application has, each of which is a route's."""
    return frozenset(route.path for route in app.routes if isinstance(route, Route))


def route_of(scope: Scope, routes: Container[str]) -> str:
    """The template of a request's path; no path of ours has a part that varies."""
    return str(scope["path"]) if scope["path"] in routes else UNMATCHED


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
        if REQUEST_ID in scope and (span := get_current_span()).is_recording():
            span.set_attribute("request_id", scope[REQUEST_ID])
        status = int(HTTPStatus.INTERNAL_SERVER_ERROR)

        async def observe(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, observe)
        finally:
            route = route_of(scope, self._routes)
            self._metrics.request(route, scope["method"], status, perf_counter() - started)


class HttpMeterProvider(MeterProvider):
    """Gives meters with the HTTP instruments that are published, and with none of the others.

    A view that drops an instrument doesn't help: it costs each request as much as one that is kept, 10 µs.
    """

    def __init__(self, provider: MeterProvider) -> None:
        self._provider = provider

    def get_meter(
        self,
        name: str,
        version: str | None = None,
        schema_url: str | None = None,
        attributes: Mapping[str, Any] | None = None,
    ) -> Meter:
        """A meter for one instrumentation."""
        return _HttpMeter(name, self._provider.get_meter(name, version, schema_url, attributes))


class _HttpMeter(NoOpMeter):
    def __init__(self, name: str, meter: Meter) -> None:
        super().__init__(name)
        self._meter = meter

    def create_histogram(
        self,
        name: str,
        unit: str = "",
        description: str = "",
        *,
        explicit_bucket_boundaries_advisory: Sequence[float] | None = None,
    ) -> Histogram:
        """The histogram of durations, with our buckets."""
        if name != DURATION:
            return super().create_histogram(name, unit, description)
        return self._meter.create_histogram(
            name, unit, description, explicit_bucket_boundaries_advisory=LATENCY_BUCKETS
        )

    def create_up_down_counter(self, name: str, unit: str = "", description: str = "") -> UpDownCounter:
        """The number of requests under way, told when asked."""
        if name != ACTIVE:
            return super().create_up_down_counter(name, unit, description)
        counter = _TalliedUpDownCounter(name, unit, description)
        self._meter.create_observable_up_down_counter(name, [counter.tally.observe], unit, description)
        return counter


class _TalliedUpDownCounter(NoOpUpDownCounter):
    def __init__(self, name: str, unit: str, description: str) -> None:
        super().__init__(name, unit, description)
        self.tally = Tally()

    def add(
        self, amount: float, attributes: Mapping[str, Any] | None = None, context: Context | None = None
    ) -> None:
        """Count what began or ended."""
        self.tally.add(tuple((attributes or {}).items()), int(amount))
