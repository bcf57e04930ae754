"""The thread in which the spool's files are read and written."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


class SpoolError(Exception):
    """The spool can't be used; the message says why."""


class Disk:
    """Runs blocking calls in one thread, one at a time."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="spool")

    async def run(self, call: Callable[[], T]) -> T:
        """Run a blocking call; raises SpoolError where it raises OSError."""
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, call)
        except OSError as error:
            raise SpoolError(error.strerror or str(error)) from error

    def close(self) -> None:
        """Wait for the last call, and end the thread."""
        self._thread.shutdown()
