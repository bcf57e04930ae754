"""The command `drift-worker trial`: what the monitoring of a bundle can and can't see."""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from bundle import open_bundle
from contract.settings import read_settings
from drift_worker.cli.trial_tables import print_trial
from drift_worker.errors import TrialError
from drift_worker.record.trials import save_trial, trials_folder
from drift_worker.settings import Settings
from drift_worker.show.trial.page import trial_page
from sources import configured_sources

WINDOWS: Final = 400
MOST_PROCESSES: Final = 2


def trial(
    *,
    bundle: Annotated[
        Path | None, typer.Option(help="The folder of the model; without it, the first of BUNDLE.")
    ] = None,
    windows: Annotated[
        int, typer.Option(min=1, max=100_000, help="Windows without drift, of each number of rows.")
    ] = WINDOWS,
    rows: Annotated[
        int | None, typer.Option(min=1, help="Rows of a full window; without it, WINDOW_ROWS.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Draw other windows with another number.")] = 15,
    processes: Annotated[
        int | None,
        typer.Option(min=1, max=64, help="Processes side by side; without it, two if there are cores."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Try what the monitoring of a bundle sees, on windows that are drawn from its reference and broken.

    Prints false actions without drift, each break with the rows from which on it is seen, and shifts.
    Keeps them as a page in REPORTS_DIR. Exit code 0 says that the trial ran, whatever it found.
    """
    settings = read_settings(Settings)
    model = open_bundle(bundle or configured_sources(settings, settings.bundles, "BUNDLE")[0].look().path)
    rows = _rows(settings, rows)
    trials_folder(settings.reports_dir)
    with _progress() as progress:
        from drift_worker.trial.plan import Plan  # noqa: PLC0415 - imports pandas and SciPy, which takes seconds
        from drift_worker.trial.trial import run_trial  # noqa: PLC0415 - as above

        plan = Plan(model.path, model.version, settings.policy, rows, windows, seed)
        result = run_trial(plan, processes or min(MOST_PROCESSES, os.cpu_count() or 1), progress)
    html, json_file = save_trial(settings.reports_dir, result, trial_page(result))
    if as_json:
        reports = {"html": str(html), "json": str(json_file)}
        print(json.dumps(result.model_dump(mode="json") | {"reports": reports}, indent=2))
    else:
        print_trial(result)
        print(f"page: {html}; `drift-worker ui` shows it under /reports/trials/{html.name}")


def _rows(settings: Settings, asked: int | None) -> int:
    """The rows of a full window, if there can be such windows; raises TrialError."""
    name, rows = ("WINDOW_ROWS", settings.window_rows) if asked is None else ("--rows", asked)
    if rows < settings.window_min_rows:
        raise TrialError(
            f"{name}: a window of {rows} rows is INSUFFICIENT_DATA, whatever is in it; expected at least "
            f"WINDOW_MIN_ROWS, which is {settings.window_min_rows}"
        )
    if 2 * rows > settings.stream_max_records:
        raise TrialError(
            f"{name}: a window of {rows} rows is never filled; expected at most half of STREAM_MAX_RECORDS, "
            f"which is {settings.stream_max_records}"
        )
    return rows


@contextmanager
def _progress() -> Iterator[Callable[[int, int], None]]:
    """A bar on stderr that is told what is done of how much, on a terminal only."""
    console = Console(stderr=True)
    columns = TextColumn("trying windows"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn()
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("", total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)
