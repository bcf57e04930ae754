"""Waiting for a condition, with a name for what is waited for."""

import threading
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def wait_for(what: str, probe: Callable[[], T], timeout: float = 60.0, interval: float = 0.02) -> T:
    """Poll until `probe` gives something true, and return it; the failure names what never came."""
    deadline = time.monotonic() + timeout
    while True:
        result = probe()
        if result:
            return result
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {timeout:g} s for {what}; the last answer was {result!r}")
        threading.Event().wait(interval)
