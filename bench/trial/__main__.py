"""The trial's command line: `python -m bench.trial`, or `make trial`."""

import sys
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from bench.trial.cases import answers
from bench.trial.tables import print_trial
from bench.trial.tasks import Findings, Part, pieces, run_piece
from drift_worker.trial.processes import run_pieces

FAILED = 1
PAGE_WIDTH = 120
"""Characters of a line where the output is no terminal."""

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)


@app.command()
def trial(
    *,
    share: Annotated[float, typer.Option(min=0.001, max=1.0, help="Run this share of all windows.")] = 1.0,
    seed: Annotated[int, typer.Option(help="Draw other windows with another number.")] = 15,
    processes: Annotated[int, typer.Option(min=1, max=2, help="Run so many processes side by side.")] = 2,
    only: Annotated[Part | None, typer.Option(help="Try this part alone.")] = None,
) -> None:
    """Try detection on windows without drift, with drift, with broken columns, and on labels.

    A whole run takes about half an hour on two cores. Ends with 1 where a promise was not kept.
    STREAMFLOW_DATA names a folder with further months.
    """
    console = Console(width=None if sys.stdout.isatty() else PAGE_WIDTH)
    findings, work = Findings(), pieces(share, seed, only)
    with _progress(console) as progress:
        task = progress.add_task("windows", total=sum(piece.windows for piece in work))
        for piece, result in run_pieces(run_piece, work, processes):
            findings.add(piece, result)
            progress.advance(task, piece.windows)
    single = [] if only else list(answers(seed))
    if not print_trial(findings, single, console):
        raise typer.Exit(FAILED)


def _progress(console: Console) -> Progress:
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    return Progress(*columns, console=console, transient=True, disable=not console.is_terminal)


if __name__ == "__main__":
    app()
