"""The progress bar of a replay, shown on a terminal only."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from simulator.traffic.counts import ReplayCounts

REDRAW = 0.1
"""Seconds between two redraws; one for each row would slow down a replay of thousands of rows a second."""


@contextmanager
def progress_bar() -> Iterator[Callable[[ReplayCounts], None]]:
    """Yield a function that shows the given counts as a bar on stderr, if stderr is a terminal."""
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

        def show(counts: ReplayCounts) -> None:
            nonlocal began, shown
            now = monotonic()
            if not counts.done:
                began = now
            elif now - shown < REDRAW and counts.done < counts.rows:
                return
            shown = now
            rate = f"{counts.done / (now - began):,.0f}/s" if now > began else ""
            without = counts.done - counts.answered
            description = f"sending, [red]{without:,} refused or failed[/]" if without else "sending"
            progress.update(
                task, description=description, total=counts.rows, completed=counts.done, rate=rate
            )

        yield show
