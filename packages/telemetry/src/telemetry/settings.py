"""The settings of telemetry: the standard OTEL_* variables, read as the specification says.

https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/
"""

import logging
from collections.abc import Callable
from typing import Annotated, Any, Final, Literal

from pydantic import (
    AfterValidator,
    Field,
    ValidationError,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    field_validator,
)
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

METRICS_EXPORTERS: Final = ("otlp", "prometheus", "console")
TRACES_EXPORTERS: Final = ("otlp", "console")

REQUEST_RATIO = 0.1
"""The share of requests that are traced unless a sampler is set."""

log = logging.getLogger(__name__)


def _listing(known: tuple[str, ...]) -> Callable[[str], str]:
    """What reads a list of exporters, separated by commas, or `none` alone."""

    def read(text: str) -> str:
        names = list(dict.fromkeys(part.strip() for part in text.split(",")))
        if names != ["none"] and not set(names) <= set(known):
            raise ValueError(f"expected some of {', '.join(known)}, separated by commas, or none")
        return ",".join(names)

    return read


class TelemetrySettings(BaseSettings):
    """The OTEL_* variables that this project reads itself; the SDK reads endpoints, headers and the rest.

    An unsupported value is ignored with a warning, as the specification asks.
    """

    model_config = SettingsConfigDict(env_ignore_empty=True, extra="ignore", frozen=True)

    otel_sdk_disabled: Literal["true", "false"] = "false"
    """`true` switches metrics and traces off; log lines are still written."""

    otel_metrics_exporter: Annotated[str, AfterValidator(_listing(METRICS_EXPORTERS))] = "otlp"
    """Where metrics go: to a collector by OTLP, onto a page that Prometheus scrapes, as lines of JSON to the
    standard output (`console`), to several of these, separated by commas, or nowhere (`none`)."""

    otel_traces_exporter: Annotated[str, AfterValidator(_listing(TRACES_EXPORTERS))] = "otlp"
    """The same for traces, of which there is no page."""

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
    def metrics_exporters(self) -> tuple[str, ...]:
        """Where this process sends metrics; empty where none are recorded."""
        return self._unless_off(self.otel_metrics_exporter)

    @property
    def traces_exporters(self) -> tuple[str, ...]:
        """Where this process sends traces; empty where none are recorded."""
        return self._unless_off(self.otel_traces_exporter)

    @property
    def sends_metrics(self) -> bool:
        """Whether this process records metrics."""
        return bool(self.metrics_exporters)

    @property
    def sends_traces(self) -> bool:
        """Whether this process sends traces."""
        return bool(self.traces_exporters)

    @property
    def serves_page(self) -> bool:
        """Whether this process keeps a page of its own metrics for Prometheus."""
        return "prometheus" in self.metrics_exporters

    def _unless_off(self, exporters: str) -> tuple[str, ...]:
        is_off = self.otel_sdk_disabled == "true" or exporters == "none"
        return () if is_off else tuple(exporters.split(","))
