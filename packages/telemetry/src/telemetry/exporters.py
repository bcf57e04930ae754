"""The OTLP exporters, with timeouts so short that a dead collector delays nothing."""

from opentelemetry.exporter.otlp.proto.grpc.metric_exporter import OTLPMetricExporter as GrpcMetricExporter
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter as GrpcSpanExporter
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter as HttpMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter as HttpSpanExporter
from opentelemetry.sdk.metrics.export import MetricExporter
from opentelemetry.sdk.trace.export import SpanExporter

from telemetry.settings import TelemetrySettings


def metric_exporter(settings: TelemetrySettings) -> MetricExporter:
    """Return the exporter of metrics; the SDK itself reads endpoint, headers and TLS from its variables."""
    if settings.metrics_protocol == "grpc":
        return GrpcMetricExporter(timeout=settings.metrics_timeout)
    return HttpMetricExporter(timeout=settings.metrics_timeout)


def span_exporter(settings: TelemetrySettings) -> SpanExporter:
    """Return the exporter of spans; the SDK itself reads endpoint, headers and TLS from its variables."""
    if settings.traces_protocol == "grpc":
        return GrpcSpanExporter(timeout=settings.traces_timeout)
    return HttpSpanExporter(timeout=settings.traces_timeout)
