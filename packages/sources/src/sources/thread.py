"""A look in a thread that nobody waits for."""

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import TypeVar

Found = TypeVar("Found")


async def in_daemon(look: Callable[[], Found], name: str) -> Found:
    """Call what may last, as a download does, in a thread of that name; cancelled, the thread is left alone.

    Python and asyncio wait for the threads of their pools when a process ends, but not for such a one.
    """
    loop = asyncio.get_running_loop()
    found: asyncio.Future[Found] = loop.create_future()

    def tell(put: Callable[[], None]) -> None:
        with suppress(RuntimeError):  # the loop has ended
            loop.call_soon_threadsafe(lambda: None if found.done() else put())

    def run() -> None:
        try:
            value = look()
        except Exception as error:  # noqa: BLE001 - whoever waits gets it
            tell(partial(found.set_exception, error))
        else:
            tell(partial(found.set_result, value))

    threading.Thread(target=run, name=name, daemon=True).start()
    return await found
