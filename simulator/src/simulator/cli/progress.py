"""The progress bar, on a terminal only."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from simulator.traffic.tally import Tally

REDRAW = 0.1
"""Seconds between two looks at the counts: at thousands of rows a second, one a row would cost rows."""


@contextmanager
def progress_bar() -> Iterator[Callable[[Tally], None]]:
    """Show what it is called with as a bar on stderr, if that is a terminal."""
    console = Console(stderr=True)
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=not sys.stderr.isatty(),
    ) as progress:
        task = progress.add_task("reading", total=None, rate="")
        began = shown = monotonic()

        def show(tally: Tally) -> None:
            nonlocal began, shown
            now = monotonic()
            if not tally.done:
                began = now
            elif now - shown < REDRAW and tally.done < tally.rows:
                return
            shown = now
            rate = f"{tally.done / (now - began):,.0f}/s" if now > began else ""
            without = tally.done - tally.answered
            description = f"sending, [red]{without:,} refused or failed[/]" if without else "sending"
            progress.update(task, description=description, total=tally.rows, completed=tally.done, rate=rate)

        yield show
