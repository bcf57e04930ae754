"""The entry point: installs signal handlers before it imports the modules that take a second to load."""

import os
import signal
import sys
from types import FrameType
from typing import NoReturn

from demo.errors import InterruptedDemoError

INTERRUPTED = 130
MESSAGE = "demo: interrupted; everything was stopped\n"
OTHERS = (signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)


def main() -> None:
    """Run a command, and leave no process behind, whatever ends it."""
    for number in (signal.SIGINT, *OTHERS):
        signal.signal(number, _end_at_once)
    from demo.cli import run_command  # noqa: PLC0415 - imports pandas, which takes a second

    signal.signal(signal.SIGINT, signal.default_int_handler)
    for number in OTHERS:
        signal.signal(number, _as_interrupt)
    try:
        run_command()
    except (KeyboardInterrupt, InterruptedDemoError):
        for number in (signal.SIGINT, *OTHERS):
            signal.signal(number, signal.SIG_IGN)  # it is ending, and says so once
        sys.stderr.write(MESSAGE)
        sys.exit(INTERRUPTED)


def _end_at_once(_number: int, _frame: FrameType | None) -> NoReturn:
    """Exit at once; no process runs yet, and an exception would turn into another error inside an import."""
    os.write(sys.stderr.fileno(), MESSAGE.encode())
    os._exit(INTERRUPTED)


def _as_interrupt(_number: int, _frame: FrameType | None) -> None:
    """Act as Ctrl-C does, because asyncio cancels its main task on SIGINT."""
    signal.raise_signal(signal.SIGINT)


if __name__ == "__main__":
    main()
