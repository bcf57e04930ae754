"""HTTP telemetry by semantic conventions: by OpenTelemetry's instrumentation, or by FastAPI itself."""

import os
from typing import Final

from fastapi import FastAPI
from fastapi.telemetry import TelemetryConfig
from opentelemetry.instrumentation.fastapi import FastAPIInstrumentor
from opentelemetry.sdk.metrics.view import DropAggregation, ExplicitBucketHistogramAggregation, View
from telemetry.providers import Telemetry

from predict.metrics import LATENCY_BUCKETS

PROBES: Final = frozenset({"/health", "/ready", "/metrics"})
"""What is asked every few seconds by machines; not traced, and not in the conventions' metrics."""

VIEWS: Final = (
    View(
        instrument_name="http.server.request.duration",
        aggregation=ExplicitBucketHistogramAggregation(LATENCY_BUCKETS),
    ),
    View(instrument_name="http.server.*.body.size", aggregation=DropAggregation()),
)
"""Both ways measure the same: equal buckets, and not the sizes that only one of them knows."""

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
        "meter_provider": telemetry.meter_provider,
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
        meter_provider=telemetry.meter_provider,
        excluded_urls=f"^[^/]*//[^/]*/({probes})$",
        exclude_spans=["receive", "send"],
    )
