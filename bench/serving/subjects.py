"""The services that are compared, each run as its users run it."""

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from bench.example import BUNDLE, ROOT
from bench.result import SubjectName
from demo.machine.ports import HOST


@dataclass(frozen=True, slots=True)
class Subject:
    """One service: the command that serves it on a port, and its environment."""

    name: SubjectName
    command: Callable[[int], list[str]]
    environment: Mapping[str, str]


def subjects(redis_url: str, otlp_endpoint: str | None, spool: Path) -> list[Subject]:
    """The bare service, predict with its log, and where there is a collector both with telemetry as well."""
    common = {
        "BUNDLE": str(BUNDLE),
        "REDIS_URL": redis_url,
        "REDIS_PASSWORD": "",
        "SPOOL_DIR": str(spool),
        "APPEND_TIMEOUT": "5",  # a stall of the machine is to be seen in the latencies, not as a refusal
        "LOG_LEVEL": "warning",
        "PREDICT_HOST": HOST,
    }
    found = [
        Subject("bare", _by_uvicorn("bare_app"), {}),
        Subject("log", _predict, {**common, "OTEL_SDK_DISABLED": "true"}),
    ]
    if otlp_endpoint is None:
        return found
    telemetry = {
        "OTEL_SDK_DISABLED": "false",
        "OTEL_METRICS_EXPORTER": "otlp",
        "OTEL_TRACES_EXPORTER": "otlp",
        "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf",
        "OTEL_EXPORTER_OTLP_ENDPOINT": otlp_endpoint,
        "OTEL_TRACES_SAMPLER": "parentbased_traceidratio",
        "OTEL_TRACES_SAMPLER_ARG": "0.1",
    }
    conventions = {"OTEL_SEMCONV_STABILITY_OPT_IN": "http"}  # predict opts in by itself
    return [
        *found,
        Subject("contrib", _predict, {**common, **telemetry, "HTTP_INSTRUMENTATION": "contrib"}),
        Subject("native", _predict, {**common, **telemetry, "HTTP_INSTRUMENTATION": "native"}),
        Subject("instrumented", _by_uvicorn("instrumented_app"), {**telemetry, **conventions}),
    ]


def _by_uvicorn(module: str) -> Callable[[int], list[str]]:
    """By uvicorn's command, with what predict sets: its fast loop and parser, no access log."""
    options = ["--factory", "--app-dir", str(ROOT), "--host", HOST]
    options += ["--loop", "uvloop", "--http", "httptools", "--ws", "none", "--log-level", "warning"]
    options += ["--no-access-log", "--no-server-header", f"bench.serving.{module}:create_app"]
    return lambda port: [sys.executable, "-m", "uvicorn", "--port", str(port), *options]


def _predict(port: int) -> list[str]:
    return ["env", f"PREDICT_PORT={port}", sys.executable, "-m", "predict"]
