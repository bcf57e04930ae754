"""The settings of predict, each by an environment variable of the same name."""

import re
from math import ceil
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, Field, HttpUrl, SecretStr, ValidationInfo, field_validator

from contract.proxy.prefix import clean_prefix
from contract.settings import SharedSettings
from contract.windows import Period
from predict.errors import StartError
from telemetry.settings import TelemetrySettings

AFTER_DRAIN: Final = 10
"""Seconds of STOP_GRACE that are left to answer what has begun, to log it, and to send the last metrics."""

_ORIGIN: Final = re.compile(r"https?://[A-Za-z0-9._~-]+(:\d{1,5})?|https?://\[[0-9A-Fa-f:.]+\](:\d{1,5})?")


def _origins(text: str) -> str:
    """The text without spaces, if it names origins: an address without a path, as a browser says it."""
    names = text.replace(" ", "")
    if names != "*" and not all(_ORIGIN.fullmatch(name) for name in names.split(",")):
        raise ValueError("expected origins such as https://app.example, separated by commas, or *")
    return names


def _within_grace(delay: float, others: ValidationInfo) -> float:
    """The delay, if what follows it has its time before the service is killed."""
    grace: int | None = others.data.get("stop_grace")
    if delay and grace is not None and delay + AFTER_DRAIN > grace:
        raise ValueError(
            f"the service would be killed before it has ended: set STOP_GRACE to {ceil(delay) + AFTER_DRAIN} "
            f"or more, and have whoever stops it wait as long (Compose does so by itself); expected at most "
            f"{max(grace - AFTER_DRAIN, 0)}"
        )
    return delay


class Settings(SharedSettings):
    """Settings of one predict service, beside those that it shares with the worker."""

    predict_host: str = "127.0.0.1"
    """The address to listen on."""

    predict_port: Annotated[int, Field(ge=0, le=65535)] = 8000
    """The port to listen on; 0 takes a free one and says which."""

    predict_workers: Annotated[int, Field(ge=1)] = 1
    """Processes that share the port; each has its own metrics."""

    root_path: Annotated[str, AfterValidator(clean_prefix)] = ""
    """The path under which a proxy publishes the service, such as /ml/churn."""

    cors_origins: Annotated[str, AfterValidator(_origins)] | None = None
    """Origins, separated by commas, whose pages may ask from a browser, or `*`; without any, none may."""

    access_log: Literal["on", "off"] = "off"
    """Whether each request is a line of the log."""

    stop_grace: Annotated[int, Field(ge=1, le=7200)] = 30
    """Seconds after which whoever tells the service to end kills it."""

    drain_delay: Annotated[float, Field(ge=0, le=3600), AfterValidator(_within_grace)] = 0
    """Seconds for which the service still answers, and is not ready, once it is told to end."""

    request_timeout: Annotated[float, Field(gt=0, le=3600)] = 10
    """Seconds in which a request has to come in."""

    keep_alive: Annotated[int, Field(ge=1, le=3600)] = 75
    """Seconds for which an idle connection stays open; longer than what a proxy or client keeps its own."""

    api_keys: SecretStr | None = None
    """Keys, separated by commas, one of which a request to predict has to bring; without any it is open."""

    api_keys_file: Path | None = None
    """The same from a file, one a line."""

    window_period: Period | None = None
    """By which windows are closed, by UTC and by arrival in Redis; without it, by their age."""

    append_timeout: Annotated[float, Field(gt=0, le=60)] = 0.25
    """Seconds after which a record that Redis hasn't taken goes to the spool."""

    spool_dir: Path = Path("spool")
    """Where records are kept while Redis is away."""

    spool_max_bytes: Annotated[int, Field(ge=0)] = 256 * 1024 * 1024
    """What one process's spool holds at most; beyond it records are dropped, and counted."""

    log_sample_rate: Annotated[float, Field(ge=0, le=1)] = 1.0
    """The share of predictions that is logged; decided by the prediction's id."""

    idempotency_ttl: Annotated[float, Field(ge=0.001, le=30 * 24 * 3600)] = 600
    """Seconds for which a client's Idempotency-Key is remembered."""

    http_instrumentation: Literal["contrib", "native"] = "contrib"
    """Who measures HTTP by semantic conventions: OpenTelemetry's instrumentation, or FastAPI itself."""

    features_url: HttpUrl | None = None
    """The feature server, where features are looked up that a request does not bring; without it none are."""

    features_timeout: Annotated[float, Field(ge=0.01, le=60)] = 0.2
    """Seconds in which the feature server has to answer."""

    features_max_age: Annotated[float, Field(ge=1, le=10 * 365 * 24 * 3600)] | None = None
    """Seconds after which a value that was looked up is stale, by its event time; without it none is."""

    features_stale: Literal["use", "refuse"] = "use"
    """What becomes of a request whose features are stale: they are used and marked, or it is refused."""

    grafana_url: HttpUrl | None = None
    """Linked on the root page."""

    prometheus_url: HttpUrl | None = None
    """Linked on the root page."""

    @field_validator("access_log", "features_stale", "http_instrumentation", "window_period", mode="before")
    @classmethod
    def _name_is_case_insensitive(cls, value: Any) -> Any:
        return value.strip().lower() if isinstance(value, str) else value


def read_telemetry_settings(settings: Settings) -> TelemetrySettings:
    """Read the OTEL_* variables, and log what is ignored of them; raises StartError where they contradict."""
    telemetry = TelemetrySettings()
    if settings.predict_workers > 1 and telemetry.serves_page:
        raise StartError(
            f"PREDICT_WORKERS={settings.predict_workers}: a /metrics page shows one process only; "
            "set PREDICT_WORKERS=1, or send metrics to a collector with OTEL_METRICS_EXPORTER=otlp"
        )
    return telemetry
