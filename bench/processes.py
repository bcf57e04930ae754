"""Programs that run as long as they are needed."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

START_TIMEOUT: Final = 60.0
STOP_TIMEOUT: Final = 10.0
POLL: Final = 0.05


class ProgramError(Exception):
    """A program ended by itself or never became ready; the message holds the end of its log."""


@dataclass(frozen=True, slots=True)
class Program:
    """A running program and its log."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path

    def wait_until(self, ready: Callable[[], bool]) -> None:
        """Poll until it is ready; raises ProgramError."""
        deadline = time.monotonic() + START_TIMEOUT
        while not ready():
            if self.process.poll() is not None:
                raise ProgramError(
                    f"{self.name} ended with exit code {self.process.returncode}{self._tail()}"
                )
            if time.monotonic() > deadline:
                raise ProgramError(f"{self.name} was not ready after {START_TIMEOUT:.0f} s{self._tail()}")
            time.sleep(POLL)

    def _tail(self) -> str:
        return "".join(f"\n  {line}" for line in self.log.read_text(errors="replace").splitlines()[-15:])


@contextmanager
def running(
    name: str, command: Sequence[str], folder: Path, environment: Mapping[str, str] | None = None
) -> Iterator[Program]:
    """A program in a session of its own, with its log in the folder; it ends with the context."""
    log = folder / f"{name}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603 - our own commands
            command,
            env={**os.environ, **(environment or {})},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield Program(name, process, log)
    finally:
        process.terminate()
        try:
            process.wait(STOP_TIMEOUT)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
