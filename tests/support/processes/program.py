"""The one place where tests start programs; `forked` starts drift-worker without the wait for its imports."""

import atexit
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

_started: list[subprocess.Popen[Any]] = []


def start(command: Sequence[object], **options: Any) -> subprocess.Popen[Any]:
    """Start a program with the options of Popen; it ends with the tests, whatever became of its own test."""
    process = subprocess.Popen([str(part) for part in command], **options)
    _started.append(process)
    return process


def run(command: Sequence[object], **options: Any) -> subprocess.CompletedProcess[Any]:
    """Run a program to its end with the options of subprocess.run."""
    return subprocess.run([str(part) for part in command], **options)  # noqa: PLW1510 - `check` is an option


def named(folder: Path) -> list[str]:
    """The numbers of the processes whose environment names the folder."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if str(folder).encode() in (process / "environ").read_bytes():
                found.append(process.name)
        except OSError:
            continue
    return found


@atexit.register
def _end_all() -> None:
    for process in _started:
        if process.poll() is None:
            process.kill()
