"""The settings of telemetry: the standard OTEL_* variables, read as the specification says.

https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/
"""

import logging
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError, ValidationInfo, ValidatorFunctionWrapHandler, field_validator
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
Milliseconds = Annotated[float, Field(gt=0, allow_inf_nan=False)]

REQUEST_RATIO = 0.1
"""The share of requests that are traced unless a sampler is set."""

log = logging.getLogger(__name__)


class TelemetrySettings(BaseSettings):
    """The OTEL_* variables that this project reads itself; the SDK reads endpoints, headers and the rest.

    An unsupported value is ignored with a warning, as the specification asks.
    """

    model_config = SettingsConfigDict(env_ignore_empty=True, extra="ignore", frozen=True)

    otel_sdk_disabled: Literal["true", "false"] = "false"
    """`true` switches metrics and traces off; log lines are still written."""

    otel_metrics_exporter: Literal["otlp", "prometheus", "none"] = "otlp"
    """Where metrics go: to a collector by OTLP, onto a page that Prometheus scrapes, or nowhere."""

    otel_traces_exporter: Literal["otlp", "none"] = "otlp"
    """Where traces go: to a collector by OTLP, or nowhere."""

    otel_exporter_otlp_protocol: Protocol = "http/protobuf"
    """The protocol of OTLP; the endpoint's port has to match (4318 for http/protobuf, 4317 for grpc)."""

    otel_exporter_otlp_metrics_protocol: Protocol | None = None
    """The same for metrics alone."""

    otel_exporter_otlp_traces_protocol: Protocol | None = None
    """The same for traces alone."""

    otel_exporter_otlp_timeout: Milliseconds = 2000
    """Milliseconds that one export may take with its retries; keep it below the interval between exports."""

    otel_exporter_otlp_metrics_timeout: Milliseconds | None = None
    """The same for metrics alone."""

    otel_exporter_otlp_traces_timeout: Milliseconds | None = None
    """The same for traces alone."""

    otel_metric_export_interval: Milliseconds = 5000
    """Milliseconds between two exports of metrics; Prometheus scrapes as often."""

    otel_bsp_max_queue_size: Annotated[int, Field(ge=1)] = 2048
    """The largest number of spans that wait for their export; more are dropped."""

    otel_bsp_max_export_batch_size: Annotated[int, Field(ge=1)] = 64
    """Spans per export; encoding 512 of them would take 20 ms, during which no request is answered."""

    otel_traces_sampler: Sampler | None = None
    """Which traces are kept; by default those whose parent was, and a share of those without a parent."""

    otel_traces_sampler_arg: Annotated[float, Field(ge=0, le=1)] | None = None
    """The share of traces to keep, for a sampler that takes one."""

    @field_validator("*", mode="wrap")
    @classmethod
    def _supported_or_default(
        cls, value: Any, validate: ValidatorFunctionWrapHandler, info: ValidationInfo
    ) -> Any:
        """Return the value, read without regard to case, or the default after a warning."""
        given = value.strip().lower() if isinstance(value, str) else value
        try:
            return validate(given)
        except ValidationError as error:
            field = str(info.field_name)
            what = error.errors(include_url=False)[0]["msg"]
            log.warning("%s=%s is ignored: %s", field.upper(), value, what)
            return cls.model_fields[field].default

    @property
    def metrics_protocol(self) -> Protocol:
        """The protocol for metrics."""
        return self.otel_exporter_otlp_metrics_protocol or self.otel_exporter_otlp_protocol

    @property
    def traces_protocol(self) -> Protocol:
        """The protocol for traces."""
        return self.otel_exporter_otlp_traces_protocol or self.otel_exporter_otlp_protocol

    @property
    def metrics_timeout(self) -> float:
        """Seconds that one export of metrics may take."""
        return (self.otel_exporter_otlp_metrics_timeout or self.otel_exporter_otlp_timeout) / 1000

    @property
    def traces_timeout(self) -> float:
        """Seconds that one export of spans may take."""
        return (self.otel_exporter_otlp_traces_timeout or self.otel_exporter_otlp_timeout) / 1000

    @property
    def sends_metrics(self) -> bool:
        """Whether this process records metrics."""
        return self.otel_sdk_disabled == "false" and self.otel_metrics_exporter != "none"

    @property
    def sends_traces(self) -> bool:
        """Whether this process sends traces."""
        return self.otel_sdk_disabled == "false" and self.otel_traces_exporter != "none"

    @property
    def serves_page(self) -> bool:
        """Whether this process keeps a page of its own metrics for Prometheus."""
        return self.sends_metrics and self.otel_metrics_exporter == "prometheus"
