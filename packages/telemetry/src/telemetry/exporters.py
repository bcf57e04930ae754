"""The OTLP exporters, which give up soon enough that a dead collector delays nothing."""

import os
from typing import Final

from opentelemetry.exporter.otlp.proto.grpc.metric_exporter import OTLPMetricExporter as GrpcMetricExporter
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter as GrpcSpanExporter
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter as HttpMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter as HttpSpanExporter
from opentelemetry.sdk.metrics.export import MetricExporter
from opentelemetry.sdk.trace.export import SpanExporter

from telemetry.settings import Protocol

EXPORT_TIMEOUT: Final = 2.0
"""Seconds that one export may take, retries included: less than the interval between exports."""


def metric_exporter(protocol: Protocol) -> MetricExporter:
    """The exporter of metrics; endpoint, headers, TLS and compression are read from OTEL_EXPORTER_OTLP_*."""
    timeout = _timeout("METRICS")
    if protocol == "grpc":
        return GrpcMetricExporter(timeout=timeout)
    return HttpMetricExporter(timeout=timeout)


def span_exporter(protocol: Protocol) -> SpanExporter:
    """The exporter of spans; endpoint, headers, TLS and compression are read from OTEL_EXPORTER_OTLP_*."""
    timeout = _timeout("TRACES")
    if protocol == "grpc":
        return GrpcSpanExporter(timeout=timeout)
    return HttpSpanExporter(timeout=timeout)


def _timeout(signal: str) -> float | None:
    """None where the user has set a timeout, which the exporter then reads itself."""
    given = f"OTEL_EXPORTER_OTLP_{signal}_TIMEOUT", "OTEL_EXPORTER_OTLP_TIMEOUT"
    return None if any(os.environ.get(name) for name in given) else EXPORT_TIMEOUT
