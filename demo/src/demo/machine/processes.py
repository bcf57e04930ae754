"""The processes of the stack: starts them in order, watches them, and leaves none behind."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from demo.errors import ProcessEndedError
from demo.machine import lifeline

STOP_TIMEOUT: Final = 15.0
"""Seconds that a process has to end by itself before it is killed; an evaluation takes about one."""

LOG_TAIL: Final = 15
"""How many log lines are shown of a process that has ended by itself."""


@dataclass(frozen=True, slots=True)
class Process:
    """One running process and its log."""

    name: str
    handle: subprocess.Popen[bytes]
    log: Path

    def tail(self) -> str:
        """Return the last lines of the log, indented."""
        lines = self.log.read_text(errors="replace").splitlines()[-LOG_TAIL:]
        return "\n".join(f"  {line}" for line in lines) or "  (it logged nothing)"


@dataclass(slots=True)
class Processes:
    """Processes that run as long as the context is open; they are stopped in reverse order of their start."""

    folder: Path
    """Where each process's log is written, as NAME.log."""

    _running: list[Process] = field(default_factory=list)
    _starter: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(max_workers=1))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with _uninterrupted():
            self._starter.submit(self._stop_all).result()
            self._starter.shutdown()

    def start(
        self,
        name: str,
        command: Sequence[str | Path],
        environment: Mapping[str, str],
        *,
        children: bool = False,
    ) -> None:
        """Start a process in a session of its own, so that Ctrl-C reaches this program only.

        With `children`, whatever the process starts ends with it, even if it is killed.
        A second thread starts it: signals interrupt only the main thread, so none can come between the start
        and the note of it. The thread lives until every process has ended, because Linux kills a process
        when the thread that started it ends (see lifeline.py).
        """
        self._starter.submit(self._start, name, living(command, children=children), environment).result()

    def _start(self, name: str, command: Sequence[str], environment: Mapping[str, str]) -> None:
        log = self.folder / f"{name}.log"
        with log.open("wb") as output:
            handle = subprocess.Popen(  # noqa: S603 - our own commands
                command,
                env={**os.environ, **environment},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._running.append(Process(name, handle, log))

    def _stop_all(self) -> None:
        for process in reversed(self._running):
            _stop(process.handle)

    def check(self) -> None:
        """Raise ProcessEndedError if a process has ended."""
        for process in self._running:
            code = process.handle.poll()
            if code is not None:
                raise ProcessEndedError(
                    f"{process.name} ended with exit code {code}; "
                    f"the last lines of {process.log}:\n{process.tail()}"
                )


def living(command: Sequence[str | Path], *, children: bool = False) -> list[str]:
    """Return the command that runs a command as long as this process lives; see lifeline.py."""
    option = ["--children"] if children else []
    return [sys.executable, "-IS", lifeline.__file__, str(os.getpid()), *option, *map(str, command)]


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Ignore what would end this program meanwhile; afterwards each signal does again what it did before."""
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)
    before = {number: signal.signal(number, signal.SIG_IGN) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _stop(handle: subprocess.Popen[bytes]) -> None:
    if handle.poll() is not None:
        return
    handle.send_signal(signal.SIGTERM)
    try:
        handle.wait(STOP_TIMEOUT)
    except subprocess.TimeoutExpired:
        os.killpg(handle.pid, signal.SIGKILL)
        handle.wait()
