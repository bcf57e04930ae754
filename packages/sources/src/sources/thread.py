"""A look in a thread that nobody waits for, and that takes only what others leave of the cores."""

import asyncio
import os
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Final, TypeVar

NICENESS: Final = 10
"""Of the thread, as nice(1) has it: where a thread that serves wants the same core, it gets a tenth of it."""

Found = TypeVar("Found")


async def in_daemon(look: Callable[[], Found], name: str) -> Found:
    """Call what may last, as a download does, in a thread of that name; cancelled, the thread is left alone.

    Python and asyncio wait for the threads of their pools when a process ends, but not for such a one (for
    what it leaves to spare time they do). On Linux it has a lower priority: whoever unpacks and verifies a
    model, and opens it where no core has time to spare, would else keep requests waiting.
    """
    loop = asyncio.get_running_loop()
    found: asyncio.Future[Found] = loop.create_future()

    def tell(put: Callable[[], None]) -> None:
        with suppress(RuntimeError):  # the loop has ended
            loop.call_soon_threadsafe(lambda: None if found.done() else put())

    def run() -> None:
        _step_back()
        try:
            value = look()
        except Exception as error:  # noqa: BLE001 - whoever waits gets it
            tell(partial(found.set_exception, error))
        else:
            tell(partial(found.set_result, value))

    threading.Thread(target=run, name=name, daemon=True).start()
    return await found


def _step_back() -> None:
    """Lower the priority of this thread; elsewhere than on Linux it would be the whole process's."""
    if sys.platform == "linux":
        with suppress(OSError):  # a sandbox may refuse it
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)
