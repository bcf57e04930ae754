"""The steps of a long command, told while they are taken."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.text import Text

Progress = Callable[[str], None]
"""A function that is told the current step, for example `reading the data`."""


@contextmanager
def steps(first: str, console: Console | None = None) -> Iterator[Progress]:
    """Tell the first step, and yield a function that tells the next ones.

    On a terminal, which is stderr unless given, they take each other's place; else each is a line on stderr.
    """
    shown = console or Console(stderr=True)
    if not shown.is_terminal:
        _line(first)
        yield _line
        return
    with shown.status(Text(first)) as status:
        yield lambda step: status.update(Text(step))


def _line(step: str) -> None:
    print(step, file=sys.stderr, flush=True)
