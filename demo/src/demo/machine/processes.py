"""The processes of one machine's Driftline: started in order, watched, and never left behind."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from demo.errors import PartFailedError
from demo.machine import lifeline

STOP_TIMEOUT: Final = 15.0
"""Seconds that a process has to end by itself; an evaluation takes about one."""

LOG_TAIL: Final = 15
"""Log lines that are shown of a part that failed."""


@dataclass(frozen=True, slots=True)
class Part:
    """One running process and its log."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path

    def tail(self) -> str:
        """The last lines of its log."""
        lines = self.log.read_text(errors="replace").splitlines()[-LOG_TAIL:]
        return "\n".join(f"  {line}" for line in lines) or "  (it logged nothing)"


@dataclass(slots=True)
class Parts:
    """Processes that live as long as the context; they end in the reverse of the order they came."""

    folder: Path
    """Where each part's log is written, as NAME.log."""

    _running: list[Part] = field(default_factory=list)
    _starter: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(max_workers=1))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT):
            signal.signal(number, signal.SIG_IGN)
        self._starter.submit(self._stop_all).result()
        self._starter.shutdown()

    def start(self, name: str, command: Sequence[str | Path], environment: Mapping[str, str]) -> None:
        """Start a part in a session of its own, so that a Ctrl-C reaches it only through us.

        A thread does it, since signals interrupt the main thread alone: no process is started and not known.
        It lives until every part has ended, for a part's lifeline is the thread that started it.
        """
        self._starter.submit(self._start, name, command, environment).result()

    def _start(self, name: str, command: Sequence[str | Path], environment: Mapping[str, str]) -> None:
        log = self.folder / f"{name}.log"
        with log.open("wb") as output:
            process = subprocess.Popen(  # noqa: S603 - our own commands
                [sys.executable, "-IS", lifeline.__file__, str(os.getpid()), *map(str, command)],
                env={**os.environ, **environment},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._running.append(Part(name, process, log))

    def _stop_all(self) -> None:
        for part in reversed(self._running):
            _stop(part.process)

    def check(self) -> None:
        """Raise PartFailedError if a part has ended."""
        for part in self._running:
            code = part.process.poll()
            if code is not None:
                raise PartFailedError(
                    f"{part.name} ended with exit code {code}; the last lines of {part.log}:\n{part.tail()}"
                )


def _stop(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is not None:
        return
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(STOP_TIMEOUT)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
