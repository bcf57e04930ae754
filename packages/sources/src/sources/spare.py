"""Work in the time that the cores have to spare."""

import os
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from pathlib import Path
from typing import Final, TypeVar

ENOUGH: Final = 0.05
"""The share of the cores that has to be idle; a model's 0.1 s of a core then lasts about a second of two."""

LOOK: Final = 0.5
"""Seconds over which it is looked how much is idle; the kernel counts in hundredths."""

CORES: Final = Path("/proc/stat")

IDLE, WAITING, BUSY_OR_IDLE = 3, 4, 8
"""Of a core's times: without work, waiting for a disk, and how many of them add up to all."""

Given = TypeVar("Given")


def in_spare_time(work: Callable[[], Given], enough: float = ENOUGH) -> Given:
    """Do work while a core has nothing else to do, and give what it gives.

    A low priority alone would not do: such a thread is not always interrupted at once, and requests wait for
    the core beside it. One of SCHED_IDLE is. But it needs the lock of Python when it ends, and where no core
    is ever idle, it gets the core late and the lock with it, for which requests then wait a second or two.
    So the work is only left to it where `enough` of the cores is idle, and elsewhere than on Linux never.
    """
    if sys.platform != "linux" or _idle_share(LOOK) < enough:
        return work()
    done = Future[Given]()

    def run() -> None:
        _step_aside()
        try:
            done.set_result(work())
        except Exception as error:  # noqa: BLE001 - whoever waits gets it
            done.set_exception(error)

    threading.Thread(target=run, name=f"spare time of {threading.current_thread().name}", daemon=True).start()
    return done.result()


def _step_aside() -> None:
    """Have this thread run only while its core is idle, unless a sandbox refuses that."""
    if sys.platform == "linux":
        with suppress(OSError):
            os.sched_setscheduler(threading.get_native_id(), os.SCHED_IDLE, os.sched_param(0))


def _idle_share(seconds: float) -> float:
    """Which share of the cores is idle in the next seconds; none where the kernel doesn't tell."""
    try:
        idle, all_times = _times()
        time.sleep(seconds)
        idle_then, all_then = _times()
    except OSError:
        return 0.0
    return (idle_then - idle) / max(1, all_then - all_times)


def _times() -> tuple[int, int]:
    """For how long this process's cores have been idle, and for how long they are there: proc_stat(5)."""
    own = {f"cpu{number}" for number in os.sched_getaffinity(0)}
    lines = [line.split() for line in CORES.read_text().splitlines()]
    cores = [list(map(int, times[:BUSY_OR_IDLE])) for name, *times in lines if name in own]
    return sum(times[IDLE] + times[WAITING] for times in cores), sum(map(sum, cores))
