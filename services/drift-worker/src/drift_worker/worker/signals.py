"""Ending when asked to."""

import signal
import threading
from types import FrameType


def stop_on_signals(stopping: threading.Event) -> threading.Event:
    """Have SIGTERM and SIGINT set the event, which is given back."""

    def stop(_number: int, _frame: FrameType | None) -> None:
        stopping.set()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    return stopping
