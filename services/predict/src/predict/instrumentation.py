"""HTTP telemetry by semantic conventions: by OpenTelemetry's instrumentation, or by FastAPI itself."""

import os
from typing import Final

from fastapi import FastAPI
from fastapi.telemetry import TelemetryConfig
from opentelemetry.instrumentation.fastapi import FastAPIInstrumentor
from telemetry.providers import Telemetry

from predict.http_meter import HttpMeterProvider

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
