"""A process tells what it takes itself."""

import time

from telemetry.process import publish_process
from telemetry.providers import build_telemetry
from telemetry.settings import TelemetrySettings

PAGE = TelemetrySettings(otel_metrics_exporter="prometheus", otel_traces_exporter="none")
MEGABYTE = 2**20


def test_memory_and_processor_time_are_those_of_the_process() -> None:
    """Work takes processor time, and what is held takes memory."""
    telemetry = build_telemetry(PAGE, "predict", "1")
    publish_process(telemetry.meter)
    before = _values(telemetry.page())
    held = bytearray(b"x" * 64 * MEGABYTE)
    began = time.process_time()
    while time.process_time() - began < 0.2:
        pass
    after = _values(telemetry.page())
    assert after["process_cpu_time_seconds_total"] - before["process_cpu_time_seconds_total"] >= 0.2
    grown = after["process_memory_usage_bytes"] - before["process_memory_usage_bytes"]
    assert 0.9 * len(held) < grown < 4 * len(held)
    telemetry.shutdown()


def _values(page: bytes) -> dict[str, float]:
    lines = [line.split() for line in page.decode().splitlines() if line.startswith("process_")]
    return {name: float(value) for name, value in lines}
