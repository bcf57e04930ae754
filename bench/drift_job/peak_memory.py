"""Peak memory, measured in a process that does nothing else."""

import resource
import subprocess
import sys
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict

from bench.example import ROOT

STATUS: Final = Path("/proc/self/status")
HIGH_WATER: Final = "VmHWM:"


class PeakMemory(BaseModel):
    """Resident memory in bytes."""

    model_config = ConfigDict(frozen=True)

    before: int
    """The peak when everything was imported and loaded."""
    peak: int


def peak_of_process() -> int:
    """This process's peak so far; Linux's ru_maxrss would count the process that started it as well."""
    if STATUS.exists():
        lines = STATUS.read_text(encoding="utf-8").splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith(HIGH_WATER)) * 1024
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def measured_alone(module: str, *arguments: str | Path) -> PeakMemory:
    """Run a module that prints its PeakMemory; raises CalledProcessError."""
    command = [sys.executable, "-m", module, *map(str, arguments)]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True)  # noqa: S603 - our own modules
    return PeakMemory.model_validate_json(done.stdout)
