"""A look in a thread of its own: its result or error comes back, and the end of a process doesn't wait."""

import asyncio
import os
import sys
import threading
import time

import pytest

from sources import in_daemon
from sources.thread import NICENESS
from tests.support.processes import program

ENDING = """
import asyncio, time
from sources import in_daemon

async def cancelled():
    task = asyncio.create_task(in_daemon(lambda: time.sleep(60), "a long look"))
    await asyncio.sleep(0.1)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)

asyncio.run(cancelled())
"""


def test_what_the_look_gives_comes_back() -> None:
    """Also its error."""
    assert asyncio.run(in_daemon(lambda: 1, "a look")) == 1
    with pytest.raises(PermissionError, match="denied"):
        asyncio.run(in_daemon(_denied, "a look"))


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere threads have no priority of their own")
def test_a_look_steps_back_behind_the_threads_that_serve() -> None:
    """Also where it lasts; the thread that began it keeps its priority."""
    before = _priority()
    assert asyncio.run(in_daemon(_priority, "a look")) == NICENESS
    assert _priority() == before


def _priority() -> int:
    return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())


def _denied() -> None:
    raise PermissionError("denied")


def test_a_look_that_was_cancelled_ends_into_nothing() -> None:
    """After its loop has ended, and while it still runs."""

    async def cancelled(wait: float) -> None:
        task = asyncio.create_task(in_daemon(lambda: time.sleep(0.2), "a look"))
        await asyncio.sleep(0.05)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await asyncio.sleep(wait)

    asyncio.run(cancelled(0.3))
    asyncio.run(cancelled(0))
    time.sleep(0.3)  # an error in the thread would fail this test


def test_the_end_of_a_process_does_not_wait_for_a_look() -> None:
    """Which would last a minute here."""
    command = [sys.executable, "-c", ENDING]
    ended = program.run(command, check=True, capture_output=True, text=True, timeout=20)
    assert ended.stderr == ""
