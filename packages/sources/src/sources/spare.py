"""Work in the time that the cores have to spare."""

import os
import sys
import threading
import time
from collections.abc import Callable, Collection
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import suppress
from functools import partial
from math import inf
from pathlib import Path
from typing import Final, TypeVar

ENOUGH: Final = 0.1
"""How much of a core has to be idle; opening a model, 0.1 s of work, then takes a second for one process."""

LOOK: Final = 0.5
"""Seconds over which it is looked how much is idle; the kernel counts in hundredths."""

PATIENCE: Final = 3.0
"""Seconds from one look to the next whether work that was left to spare time goes on."""

TIMES_OF_CORES: Final = Path("/proc/stat")

_IDLE, _WAITING, _COLUMNS = 3, 4, 8
"""Of a core's times in proc_stat(5): without work, waiting for a disk, and how many add up to all."""

Given = TypeVar("Given")


def in_spare_time(work: Callable[[], Given], enough: float = ENOUGH) -> Given:
    """Do work while a core has nothing else to do, if there is such time, and give what it gives.

    A low priority alone would not do: such a thread is not always interrupted at once, and requests wait for
    the core beside it. A thread of SCHED_IDLE is. But now and then it needs the lock of Python and, where no
    core is ever idle, holds it while it waits for a core: requests then wait a second or two. So the work is
    left to such a thread only where `enough` of a core is idle. Where it gets none later, the work is done
    once more at the caller's priority, and whichever ends first counts.

    Python waits for these threads when a process ends, so its end may take as long as the work does. ONNX
    Runtime in a thread that ends with the process would abort it.
    """
    if _idle_now(LOOK) < enough:
        return _begun(work).result()
    clock: Future[int] = Future()
    aside = _begun(partial(_aside, work, clock))
    had = 0.0
    while not wait([aside], PATIENCE).done:
        has = _seconds_of_a_core(clock.result())
        if has - had < enough * PATIENCE:
            beside = _begun(work)
            return wait([aside, beside], return_when=FIRST_COMPLETED).done.pop().result()
        had = has
    return aside.result()


def idle_cores(before: str, after: str, own: Collection[int]) -> float:
    """How many of the own cores were idle on average between two texts of /proc/stat.

    Raises ValueError or IndexError where they are no such texts.
    """
    (idle, in_all), (idle_then, in_all_then) = _times(before, own), _times(after, own)
    return len(own) * (idle_then - idle) / max(1, in_all_then - in_all)


def _begun(work: Callable[[], Given]) -> Future[Given]:
    """Begin work in a thread that Python waits for when a process ends."""
    pool = ThreadPoolExecutor(1, f"spare time of {threading.current_thread().name}")
    try:
        return pool.submit(work)
    finally:
        pool.shutdown(wait=False)


def _aside(work: Callable[[], Given], clock: Future[int]) -> Given:
    """Do work while a core has nothing else to do, unless a sandbox refuses that; tell the thread's clock."""
    if sys.platform == "linux":
        clock.set_result(time.pthread_getcpuclockid(threading.get_ident()))
        with suppress(OSError):
            os.sched_setscheduler(threading.get_native_id(), os.SCHED_IDLE, os.sched_param(0))
    return work()


def _seconds_of_a_core(clock: int) -> float:
    """How long the thread of a clock has had a core; for ever where it has just ended."""
    if sys.platform == "linux":
        with suppress(OSError):
            return time.clock_gettime(clock)
    return inf


def _idle_now(seconds: float) -> float:
    """How much of a core is idle in the next seconds; nothing where the kernel doesn't tell."""
    if sys.platform == "linux":
        with suppress(OSError, ValueError, IndexError):
            before = TIMES_OF_CORES.read_text()
            time.sleep(seconds)
            return idle_cores(before, TIMES_OF_CORES.read_text(), os.sched_getaffinity(0))
    return 0.0


def _times(text: str, own: Collection[int]) -> tuple[int, int]:
    """For how long these cores have been idle since the machine's start, and how long they are there."""
    names = {f"cpu{number}" for number in own}
    lines = [line.split() for line in text.splitlines()]
    cores = [list(map(int, times[:_COLUMNS])) for name, *times in lines if name in names]
    return sum(times[_IDLE] + times[_WAITING] for times in cores), sum(map(sum, cores))
