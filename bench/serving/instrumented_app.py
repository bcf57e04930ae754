"""The bare service with OpenTelemetry's instrumentation as documented: what that costs by itself."""

from fastapi import FastAPI
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.instrumentation.fastapi import FastAPIInstrumentor
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

from bench.serving import bare_app


def create_app() -> FastAPI:
    """The application; sampling, endpoint and protocol are those of the environment's OTEL_* variables."""
    app = bare_app.create_app()
    tracer_provider = TracerProvider()
    tracer_provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    FastAPIInstrumentor.instrument_app(
        app,
        tracer_provider=tracer_provider,
        meter_provider=MeterProvider([PeriodicExportingMetricReader(OTLPMetricExporter())]),
        exclude_spans=["receive", "send"],
    )
    return app
