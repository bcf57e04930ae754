"""Where a demo begins and ends: signals are heeded before anything that takes a second is imported."""

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
    """Run a command; whatever ends it, no process is left behind."""
    for number in (signal.SIGINT, *OTHERS):
        signal.signal(number, _end_at_once)
    from demo.cli import run_command  # noqa: PLC0415 - imports pandas, which takes a second

    signal.signal(signal.SIGINT, signal.default_int_handler)
    for number in OTHERS:
        signal.signal(number, _as_interrupt)
    try:
        run_command()
    except (KeyboardInterrupt, InterruptedDemoError):
        sys.stderr.write(MESSAGE)
        sys.exit(INTERRUPTED)


def _end_at_once(_number: int, _frame: FrameType | None) -> NoReturn:
    """End while nothing is started: libraries make other errors of an exception that comes as they load."""
    os.write(sys.stderr.fileno(), MESSAGE.encode())
    os._exit(INTERRUPTED)


def _as_interrupt(_number: int, _frame: FrameType | None) -> None:
    """Do what Ctrl-C does, which asyncio turns into the end of what it runs."""
    signal.raise_signal(signal.SIGINT)


if __name__ == "__main__":
    main()
