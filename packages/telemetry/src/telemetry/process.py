"""What a process itself takes: processor time and memory, by OpenTelemetry's names."""

import os
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from opentelemetry.metrics import CallbackOptions, Meter, Observation

_PAGES: Final = Path("/proc/self/statm")
"""The kernel's account of this process's memory, in pages: the whole, then what is resident (man 5 proc)."""


def publish_process(meter: Meter) -> None:
    """Publish what this process takes; memory only where the kernel tells it under /proc, as Linux does."""
    meter.create_observable_counter(
        "process.cpu.time", [_seconds], unit="s", description="Processor time of all threads of the process"
    )
    meter.create_observable_gauge(
        "process.memory.usage", [_bytes], unit="By", description="Memory of the process that is resident"
    )


def _seconds(_: CallbackOptions) -> Iterable[Observation]:
    return [Observation(time.process_time())]


def _bytes(_: CallbackOptions) -> Iterable[Observation]:
    try:
        resident = int(_PAGES.read_text().split()[1])
    except OSError:  # another system than Linux
        return []
    return [Observation(resident * os.sysconf("SC_PAGE_SIZE"))]
