"""The providers of metrics and traces: built once per process, and shut down once."""

import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from opentelemetry.exporter.prometheus import PrometheusMetricReader
from opentelemetry.metrics import Meter, MeterProvider, NoOpMeterProvider
from opentelemetry.sdk.metrics import MeterProvider as SdkMeterProvider
from opentelemetry.sdk.metrics import ObservableCounter, ObservableGauge
from opentelemetry.sdk.metrics.export import MetricReader, PeriodicExportingMetricReader
from opentelemetry.sdk.resources import (
    HOST_NAME,
    PROCESS_PID,
    SERVICE_INSTANCE_ID,
    SERVICE_NAME,
    SERVICE_VERSION,
    OTELResourceDetector,
    Resource,
)
from opentelemetry.sdk.trace import TracerProvider as SdkTracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import ALWAYS_ON, ParentBasedTraceIdRatio, Sampler
from opentelemetry.trace import NoOpTracerProvider, Tracer, TracerProvider
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

from telemetry.exporters import metric_exporters, span_exporters
from telemetry.settings import REQUEST_RATIO, TelemetrySettings

SHUTDOWN_TIMEOUT: Final = 3.0
"""Seconds that a shutdown takes at most, even if the collector is dead or silent."""

SERIES_LIMITS: Final[dict[type, int]] = {ObservableCounter: 100_000, ObservableGauge: 100_000}
"""Series of one instrument that a process tells in its life; beyond them the SDK adds up all others as one.

The SDK counts those that are told no more, too, and keeps 2 kB of each. By default it takes 2,000, which are
the refusals of 29 versions of the example's churn.
"""

PAGE_TYPE: Final = CONTENT_TYPE_PLAIN_0_0_4
"""The content type of the Prometheus page."""


@dataclass(frozen=True, slots=True)
class Telemetry:
    """The providers of one process, with its one meter and its one tracer."""

    meter_provider: MeterProvider
    tracer_provider: TracerProvider
    meter: Meter
    tracer: Tracer
    registry: CollectorRegistry | None
    """The source of the Prometheus page; None where metrics go elsewhere."""

    @property
    def records(self) -> bool:
        """Whether metrics or traces are recorded at all."""
        return any(True for _ in self._sdk_providers())

    def page(self) -> bytes:
        """Return the metrics as Prometheus text; empty where they go elsewhere."""
        return generate_latest(self.registry) if self.registry else b""

    def shutdown(self, timeout: float = SHUTDOWN_TIMEOUT) -> None:
        """Send what is left and shut down, within `timeout` seconds whatever the collector does."""
        _run_all([provider.shutdown for provider in self._sdk_providers()], timeout)

    def _sdk_providers(self) -> Iterator[SdkTracerProvider | SdkMeterProvider]:
        if isinstance(self.tracer_provider, SdkTracerProvider):
            yield self.tracer_provider
        if isinstance(self.meter_provider, SdkMeterProvider):
            yield self.meter_provider


def build_telemetry(
    settings: TelemetrySettings,
    service_name: str,
    service_version: str,
    *,
    instance_id: str | None = None,
    always_sample: bool = False,
) -> Telemetry:
    """Build the providers of this process.

    OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES take precedence over the arguments. Without `instance_id`,
    each process has a random service.instance.id. One that is given from outside is that of several
    processes, so each of them adds its own name to it. `always_sample` keeps every trace.
    """
    resource = _resource(service_name, service_version, instance_id)
    registry = CollectorRegistry() if settings.serves_page else None
    meter_provider = _meter_provider(settings, resource, registry)
    tracer_provider = _tracer_provider(settings, resource, always_sample)
    return Telemetry(
        meter_provider=meter_provider,
        tracer_provider=tracer_provider,
        meter=meter_provider.get_meter("driftline", service_version),
        tracer=tracer_provider.get_tracer("driftline", service_version),
        registry=registry,
    )


def _resource(service_name: str, service_version: str, instance_id: str | None) -> Resource:
    defaults: dict[str, str | int] = {
        SERVICE_NAME: service_name,
        SERVICE_VERSION: service_version,
        HOST_NAME: socket.gethostname(),  # these two are how people know a process
        PROCESS_PID: os.getpid(),
    }
    if instance_id is not None:
        defaults[SERVICE_INSTANCE_ID] = instance_id
    given = OTELResourceDetector().detect().attributes
    chosen = {name: value for name, value in defaults.items() if name not in given}
    shared = str(given.get(SERVICE_INSTANCE_ID, ""))
    if not shared:
        return Resource.create(chosen)
    own = Resource({SERVICE_INSTANCE_ID: f"{shared}-{instance_id or _process(shared)}"})
    return Resource.create(chosen).merge(own)


def _process(shared: str) -> str:
    """What tells this process from all others that are given the same id, on any host.

    In containers numbers of processes are alike, and each has a host name of its own.
    """
    host = socket.gethostname()
    return str(os.getpid()) if host in shared else f"{host}-{os.getpid()}"


def _meter_provider(
    settings: TelemetrySettings, resource: Resource, registry: CollectorRegistry | None
) -> MeterProvider:
    if not settings.sends_metrics:
        return NoOpMeterProvider()
    readers: list[MetricReader] = [
        PeriodicExportingMetricReader(
            exporter,
            export_interval_millis=settings.otel_metric_export_interval,
            cardinality_limits=SERIES_LIMITS,
        )
        for exporter in metric_exporters(settings)
    ]
    if registry is not None:
        readers.append(
            PrometheusMetricReader(
                scope_info_enabled=False, registry=registry, cardinality_limits=SERIES_LIMITS
            )
        )
    return SdkMeterProvider(readers, resource, shutdown_on_exit=False)


def _tracer_provider(settings: TelemetrySettings, resource: Resource, always_sample: bool) -> TracerProvider:
    if not settings.sends_traces:
        return NoOpTracerProvider()
    provider = SdkTracerProvider(_sampler(settings, always_sample), resource, shutdown_on_exit=False)
    for exporter in span_exporters(settings):
        provider.add_span_processor(
            BatchSpanProcessor(
                exporter,
                max_queue_size=settings.otel_bsp_max_queue_size,
                max_export_batch_size=min(
                    settings.otel_bsp_max_export_batch_size, settings.otel_bsp_max_queue_size
                ),
            )
        )
    return provider


def _sampler(settings: TelemetrySettings, always_sample: bool) -> Sampler | None:
    """Return the sampler; None lets the SDK read OTEL_TRACES_SAMPLER itself."""
    if always_sample:
        return ALWAYS_ON
    if settings.otel_traces_sampler is not None:
        return None
    ratio = settings.otel_traces_sampler_arg
    return ParentBasedTraceIdRatio(REQUEST_RATIO if ratio is None else ratio)


def _run_all(actions: list[Callable[[], object]], timeout: float) -> None:
    """Run the actions in parallel, and abandon those that take longer than `timeout` seconds."""
    deadline = time.monotonic() + timeout
    threads = [threading.Thread(target=action, daemon=True) for action in actions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(0.0, deadline - time.monotonic()))
