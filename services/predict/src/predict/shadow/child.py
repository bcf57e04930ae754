"""A shadow's process, as the service sees it."""

import asyncio
import sys
from asyncio import StreamReader, StreamWriter
from asyncio.subprocess import PIPE, Process
from contextlib import suppress
from dataclasses import dataclass
from typing import cast

from predict.shadow.wire import MAX_LINE, Setup


@dataclass(frozen=True, slots=True)
class Patience:
    """For how long a shadow's process is waited for, in seconds."""

    load: float = 120.0
    """It has to load its model; it does so where nothing else wants the core."""

    hung: float = 30.0
    """A process that settles none of its rows for so long is ended, and another one is started."""

    close: float = 1.0
    """What waits when the service ends has to be sent."""

    end: float = 3.0
    """The process has to end once it is told to; then it is killed."""

    first_pause: float = 1.0
    """From the end of a process to the next one; twice as long each time, until one has settled rows."""

    longest_pause: float = 60.0


class Child:
    """A running process of a shadow."""

    def __init__(self, process: Process) -> None:
        """The process reads and writes pipes."""
        self._process = process
        self._rows = cast("StreamWriter", process.stdin)
        self._reports = cast("StreamReader", process.stdout)

    @classmethod
    async def start(cls, setup: Setup) -> "Child":
        """Start the process, which tells when its model is loaded; raises OSError where there can be none."""
        command = [sys.executable, "-m", "predict.shadow"]
        child = cls(await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE, limit=MAX_LINE))
        child.send(setup.model_dump_json().encode() + b"\n")  # no argument, since a URL may hold a password
        return child

    @property
    def pid(self) -> int:
        """The process's number."""
        return self._process.pid

    def send(self, lines: bytes) -> None:
        """Send lines; whoever calls this keeps count of what the process has not settled."""
        self._rows.write(lines)

    async def line(self, timeout: float) -> bytes:
        """The next line that it tells; nothing where its process has ended. Raises TimeoutError."""
        return await asyncio.wait_for(self._reports.readline(), timeout)

    def end(self) -> None:
        """Tell it to end once it has scored what it was sent."""
        self._rows.close()

    async def kill(self) -> None:
        """End it at once, if it hasn't ended by itself."""
        with suppress(ProcessLookupError):
            self._process.kill()
        await self._process.wait()
