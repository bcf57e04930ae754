"""The OTLP exporters, which give up soon enough that a dead collector delays nothing."""

from opentelemetry.exporter.otlp.proto.grpc.metric_exporter import OTLPMetricExporter as GrpcMetricExporter
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter as GrpcSpanExporter
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter as HttpMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter as HttpSpanExporter
from opentelemetry.sdk.metrics.export import MetricExporter
from opentelemetry.sdk.trace.export import SpanExporter

from telemetry.settings import TelemetrySettings


def metric_exporter(settings: TelemetrySettings) -> MetricExporter:
    """The exporter of metrics; endpoint, headers, TLS and compression are read from OTEL_EXPORTER_OTLP_*."""
    if settings.metrics_protocol == "grpc":
        return GrpcMetricExporter(timeout=settings.metrics_timeout)
    return HttpMetricExporter(timeout=settings.metrics_timeout)


def span_exporter(settings: TelemetrySettings) -> SpanExporter:
    """The exporter of spans; endpoint, headers, TLS and compression are read from OTEL_EXPORTER_OTLP_*."""
    if settings.traces_protocol == "grpc":
        return GrpcSpanExporter(timeout=settings.traces_timeout)
    return HttpSpanExporter(timeout=settings.traces_timeout)
