"""A shadow's process, as the service sees it."""

import asyncio
import sys
from asyncio import StreamReader, StreamWriter
from asyncio.subprocess import PIPE, Process
from contextlib import suppress
from typing import cast

from predict.shadow.wire import MAX_LINE, Setup


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
