"""The project's OpenTelemetry Collector as a native program, on ports of its own."""

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import yaml

from bench.example import ROOT
from bench.processes import running
from bench.serving.probes import answers
from demo.machine.ports import HOST, free_port

CONFIG: Final = ROOT / "otel-collector" / "config.yaml"


def find_collector() -> str | None:
    """The program that OTELCOL names, or otelcol on the PATH."""
    return shutil.which(os.environ.get("OTELCOL") or "otelcol")


@contextmanager
def running_collector(program: str | None, folder: Path, prefix: Sequence[str]) -> Iterator[str | None]:
    """The OTLP endpoint over HTTP of the project's collector; None without a program. Raises ProgramError."""
    if program is None:
        yield None
        return
    otlp, health = free_port(), free_port()
    ports = folder / "collector-ports.yaml"
    ports.write_text(yaml.safe_dump(_on_ports(otlp, health)), encoding="utf-8")
    command = [*prefix, program, f"--config={CONFIG}", f"--config={ports}"]
    with running("collector", command, folder) as collector:
        collector.wait_until(lambda: answers(health, "/"))
        yield f"http://{HOST}:{otlp}"


def _on_ports(otlp: int, health: int) -> dict[str, Any]:
    """What is merged over the project's configuration: loopback, and the collector's own metrics off."""
    protocols = {"http": {"endpoint": f"{HOST}:{otlp}"}, "grpc": {"endpoint": f"{HOST}:{free_port()}"}}
    return {
        "receivers": {"otlp": {"protocols": protocols}},
        "exporters": {"prometheus": {"endpoint": f"{HOST}:{free_port()}"}},
        "extensions": {"health_check": {"endpoint": f"{HOST}:{health}"}},
        "service": {"telemetry": {"metrics": {"level": "none", "readers": []}}},
    }
