"""The services that are compared, each run by the same uvicorn command."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from demo.ports import HOST

from bench.example import BUNDLE, ROOT
from bench.result import SubjectName


@dataclass(frozen=True, slots=True)
class Subject:
    """One service, by the factory of its application and its environment."""

    name: SubjectName
    factory: str
    environment: Mapping[str, str]

    def command(self, port: int) -> list[str]:
        """The command that serves it."""
        options = ["--factory", "--app-dir", str(ROOT), "--host", HOST, "--port", str(port)]
        options += ["--loop", "uvloop", "--http", "httptools", "--ws", "none", "--log-level", "warning"]
        return [
            sys.executable,
            "-m",
            "uvicorn",
            *options,
            "--no-access-log",
            "--no-server-header",
            self.factory,
        ]


def subjects(redis_url: str, otlp_endpoint: str | None, spool: Path) -> list[Subject]:
    """The bare service, predict with its log, and where there is a collector with telemetry as well."""
    common = {
        "BUNDLE": str(BUNDLE),
        "REDIS_URL": redis_url,
        "SPOOL_DIR": str(spool),
        "APPEND_TIMEOUT": "5",  # a stall of the machine is to be seen in the latencies, not as a refusal
        "LOG_LEVEL": "warning",
    }
    found = [
        Subject("bare", "bench.serving.bare_app:create_app", {}),
        Subject("log", "predict.app:create_app", {**common, "OTEL_SDK_DISABLED": "true"}),
    ]
    if otlp_endpoint is None:
        return found
    telemetry = {
        **common,
        "OTEL_SDK_DISABLED": "false",
        "OTEL_METRICS_EXPORTER": "otlp",
        "OTEL_TRACES_EXPORTER": "otlp",
        "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf",
        "OTEL_EXPORTER_OTLP_ENDPOINT": otlp_endpoint,
        "OTEL_TRACES_SAMPLER": "parentbased_traceidratio",
        "OTEL_TRACES_SAMPLER_ARG": "0.1",
    }
    names: tuple[tuple[SubjectName, str], ...] = (("contrib", "contrib"), ("native", "native"))
    return found + [
        Subject(name, "predict.app:create_app", {**telemetry, "HTTP_INSTRUMENTATION": way})
        for name, way in names
    ]
