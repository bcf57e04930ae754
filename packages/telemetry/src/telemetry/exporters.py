"""The exporters: OTLP, with timeouts so short that a dead collector delays nothing, and the console."""

import sys

from opentelemetry.exporter.otlp.proto.grpc.metric_exporter import OTLPMetricExporter as GrpcMetricExporter
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter as GrpcSpanExporter
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter as HttpMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter as HttpSpanExporter
from opentelemetry.sdk.metrics.export import ConsoleMetricExporter, MetricExporter, MetricsData
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import ConsoleSpanExporter, SpanExporter

from telemetry.settings import TelemetrySettings


def metric_exporters(settings: TelemetrySettings) -> list[MetricExporter]:
    """Return the exporters of metrics that push; the SDK itself reads endpoint, headers and TLS."""
    return [_metric_exporter(name, settings) for name in settings.metrics_exporters if name != "prometheus"]


def span_exporters(settings: TelemetrySettings) -> list[SpanExporter]:
    """Return the exporters of spans; the SDK itself reads endpoint, headers and TLS from its variables."""
    return [_span_exporter(name, settings) for name in settings.traces_exporters]


def _metric_exporter(name: str, settings: TelemetrySettings) -> MetricExporter:
    if name == "console":
        return ConsoleMetricExporter(out=sys.stdout, formatter=_metrics_line)
    if settings.metrics_protocol == "grpc":
        return GrpcMetricExporter(timeout=settings.metrics_timeout)
    return HttpMetricExporter(timeout=settings.metrics_timeout)


def _span_exporter(name: str, settings: TelemetrySettings) -> SpanExporter:
    if name == "console":
        return ConsoleSpanExporter(out=sys.stdout, formatter=_span_line)
    if settings.traces_protocol == "grpc":
        return GrpcSpanExporter(timeout=settings.traces_timeout)
    return HttpSpanExporter(timeout=settings.traces_timeout)


def _metrics_line(metrics: MetricsData) -> str:
    """One export as one line, as a collector of log lines expects it; the SDK's own form has hundreds."""
    return f"{metrics.to_json(indent=None)}\n"


def _span_line(span: ReadableSpan) -> str:
    return f"{span.to_json(indent=None)}\n"
