"""The benchmark's command line: `python -m bench`, or `make bench`."""

import os
import signal
import sys
import tempfile
import time
from enum import StrEnum
from pathlib import Path
from types import FrameType
from typing import Annotated, NoReturn

import typer
from rich.console import Console

from bench.labels.comparison import LABEL_PLAN, QUICK_LABEL_PLAN, join_labels
from bench.machine import this_machine
from bench.processes import ProgramError
from bench.progress import Step, shown_steps
from bench.reading.comparison import QUICK_ROWS, ROWS, read_tables
from bench.result import BenchResult
from bench.serving.batches import BATCH_PLAN, QUICK_BATCH_PLAN, compare_batches
from bench.serving.comparison import PLAN, QUICK_PLAN, compare_services
from bench.serving.connection import LoadError
from bench.tables import print_result
from bundle import BundleError
from demo.errors import DemoError
from drift_worker.detect.evidently.quiet import quiet_evidently
from simulator.errors import SimulatorError

FAILED, BAD_INPUT, INTERRUPTED = 1, 2, 130
PAGE_WIDTH = 120
"""Characters of a line where the output is no terminal."""


class Part(StrEnum):
    """What can be measured alone."""

    JOB = "job"
    SERVING = "serving"
    BATCHES = "batches"
    LABELS = "labels"
    READING = "reading"


app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)


@app.command()
def bench(
    *,
    only: Annotated[Part | None, typer.Option(help="Measure this part alone.")] = None,
    json_file: Annotated[
        Path | None,
        typer.Option("--json", metavar="FILE", help="Where the figures go; of a whole run to bench.json."),
    ] = None,
    quick: Annotated[bool, typer.Option(help="See whether it runs; the figures mean nothing.")] = False,
) -> None:
    """Measure drift job and service against what they would be without Driftline; takes up to ten minutes.

    Nothing else should run on the machine meanwhile.
    """
    if json_file is None and only is None and not quick:
        json_file = Path("bench.json")
    if json_file is not None and not os.access(json_file.absolute().parent, os.W_OK):
        why = f"there is no folder {json_file.parent} to write to"
        raise typer.BadParameter(f"{json_file}: {why}", param_hint="--json")
    console = Console(width=None if sys.stdout.isatty() else PAGE_WIDTH)
    with shown_steps(console) as step, tempfile.TemporaryDirectory(prefix="driftline-bench-") as folder:
        result = _measure(only, Path(folder), step, quick=quick)
    print_result(result, console)
    if json_file is not None:
        json_file.write_text(result.model_dump_json(indent=2) + "\n", encoding="utf-8")


def main() -> None:
    """Run the command line; whatever happens, no process is left behind."""
    signal.signal(signal.SIGTERM, _interrupt)
    quiet_evidently()
    try:
        sys.exit(app(standalone_mode=False))
    except KeyboardInterrupt:
        _end("interrupted; everything was stopped", INTERRUPTED)
    except typer.BadParameter as error:
        _end(error.format_message(), BAD_INPUT)
    except (BundleError, DemoError, LoadError, OSError, ProgramError, SimulatorError) as error:
        _end(str(error), FAILED)


def _measure(only: Part | None, folder: Path, step: Step, *, quick: bool) -> BenchResult:
    machine, began = this_machine(), time.monotonic()
    drift_job = serving = batches = labels = reading = None
    if only in (None, Part.JOB):
        step("loading Evidently")
        from bench.drift_job.comparison import (  # noqa: PLC0415 - imports Evidently, which takes seconds
            QUICK_SIZES,
            SIZES,
            compare_all,
        )

        (folder / "job").mkdir()
        drift_job = compare_all(QUICK_SIZES if quick else SIZES, folder / "job", step)
    if only in (None, Part.SERVING):
        (folder / "serving").mkdir()
        serving = compare_services(QUICK_PLAN if quick else PLAN, folder / "serving", step)
    if only in (None, Part.BATCHES):
        (folder / "batches").mkdir()
        batches = compare_batches(QUICK_BATCH_PLAN if quick else BATCH_PLAN, folder / "batches", step)
    if only in (None, Part.LABELS):
        (folder / "labels").mkdir()
        labels = join_labels(QUICK_LABEL_PLAN if quick else LABEL_PLAN, folder / "labels", step)
    if only in (None, Part.READING):
        (folder / "reading").mkdir()
        reading = read_tables(QUICK_ROWS if quick else ROWS, folder / "reading", step)
    return BenchResult(
        machine=machine,
        quick=quick,
        seconds=round(time.monotonic() - began, 1),
        drift_job=drift_job,
        serving=serving,
        batches=batches,
        labels=labels,
        reading=reading,
    )


def _interrupt(_number: int, _frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt


def _end(message: str, code: int) -> NoReturn:
    print(f"bench: {message}", file=sys.stderr)
    sys.exit(code)


if __name__ == "__main__":
    main()
