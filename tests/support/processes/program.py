"""The one place where tests start programs; `forked` starts drift-worker without the wait for its imports."""

import atexit
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

from tests.support.waiting import wait_for


class Stoppable(Protocol):
    """A process of any kind, such as Popen."""

    @property
    def pid(self) -> int:
        """Its number."""
        ...

    def send_signal(self, sig: int, /) -> None:
        """Send it a signal."""
        ...


_started: list[subprocess.Popen[Any]] = []


def start(command: Sequence[object], **options: Any) -> subprocess.Popen[Any]:
    """Start a program with the options of Popen; it ends with the tests, whatever became of its own test."""
    process = subprocess.Popen([str(part) for part in command], **options)
    _started.append(process)
    return process


def run(command: Sequence[object], **options: Any) -> subprocess.CompletedProcess[Any]:
    """Run a program to its end with the options of subprocess.run."""
    return subprocess.run([str(part) for part in command], **options)  # noqa: PLW1510 - `check` is an option


def halt(process: Stoppable) -> None:
    """Stop a process as on a host that hangs, and wait until it stands: the signal takes a moment."""
    process.send_signal(signal.SIGSTOP)
    status = Path(f"/proc/{process.pid}/stat")
    wait_for("a process to stand", lambda: status.read_text().rsplit(")", 1)[1].split()[0] == "T")


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
