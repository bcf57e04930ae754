"""What of telemetry can be set: the standard OTEL_* variables, read as the specification says."""

from typing import Annotated, Any, Literal

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

Protocol = Literal["grpc", "http/protobuf"]
Sampler = Literal[
    "always_on",
    "always_off",
    "traceidratio",
    "parentbased_always_on",
    "parentbased_always_off",
    "parentbased_traceidratio",
]
REQUEST_RATIO = 0.1
"""The share of requests that is traced unless a sampler is set."""


class TelemetrySettings(BaseSettings):
    """The OTEL_* variables that this project reads; endpoints, headers and the rest are read by the SDK."""

    model_config = SettingsConfigDict(env_ignore_empty=True, extra="ignore", frozen=True)

    otel_sdk_disabled: Literal["true", "false"] = "false"
    """`true` switches metrics and traces off; log lines stay."""

    otel_metrics_exporter: Literal["otlp", "prometheus", "none"] = "otlp"
    """Where metrics go: out by OTLP, onto a page for Prometheus to scrape, or nowhere."""

    otel_traces_exporter: Literal["otlp", "none"] = "otlp"
    """Where traces go: out by OTLP, or nowhere."""

    otel_exporter_otlp_protocol: Protocol = "http/protobuf"
    """How OTLP is spoken; the endpoint's port has to fit (4318 for http/protobuf, 4317 for grpc)."""

    otel_exporter_otlp_metrics_protocol: Protocol | None = None
    """The same for metrics alone."""

    otel_exporter_otlp_traces_protocol: Protocol | None = None
    """The same for traces alone."""

    otel_metric_export_interval: Annotated[float, Field(gt=0)] = 5000
    """Milliseconds between two exports of metrics; as often as Prometheus scrapes."""

    otel_bsp_max_export_batch_size: Annotated[int, Field(ge=1)] = 64
    """Spans that are exported at a time: encoding 512 of them takes 20 ms, in which nobody else runs."""

    otel_traces_sampler: Sampler | None = None
    """Which traces are kept; unset: those whose parent was, and a ratio of those without a parent."""

    otel_traces_sampler_arg: Annotated[float, Field(ge=0, le=1)] | None = None
    """The ratio, for a sampler that takes one."""

    @field_validator("*", mode="before")
    @classmethod
    def _names_are_case_insensitive(cls, value: Any) -> Any:
        return value.strip().lower() if isinstance(value, str) else value

    @property
    def metrics_protocol(self) -> Protocol:
        """The protocol that metrics are sent by."""
        return self.otel_exporter_otlp_metrics_protocol or self.otel_exporter_otlp_protocol

    @property
    def traces_protocol(self) -> Protocol:
        """The protocol that traces are sent by."""
        return self.otel_exporter_otlp_traces_protocol or self.otel_exporter_otlp_protocol

    @property
    def sends_metrics(self) -> bool:
        """Whether metrics leave this process at all."""
        return self.otel_sdk_disabled == "false" and self.otel_metrics_exporter != "none"

    @property
    def sends_traces(self) -> bool:
        """Whether traces leave this process at all."""
        return self.otel_sdk_disabled == "false" and self.otel_traces_exporter != "none"

    @property
    def serves_page(self) -> bool:
        """Whether this process has a page of its own metrics for Prometheus."""
        return self.sends_metrics and self.otel_metrics_exporter == "prometheus"
