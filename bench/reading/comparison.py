"""How long it takes to propose the schema of a large table and to read it, as CSV and as Parquet."""

import subprocess
import sys
from pathlib import Path
from typing import Final, Literal

from bench.example import ROOT
from bench.progress import Step
from bench.reading.read import Read
from bench.reading.table import write_table
from bench.result import ReadingResult
from bench.serving.cores import two_cores

ROWS: Final = 5_000_000
QUICK_ROWS: Final = 2_000

STEPS: Final[tuple[Literal["schema", "read"], ...]] = ("schema", "read")


def read_tables(rows: int, folder: Path, step: Step) -> list[ReadingResult]:
    """Propose and read, each form of the same table on one core and in a process of its own."""
    step(f"writing {rows:,} rows")
    results = []
    for form, file in write_table(folder, rows).items():
        for what in STEPS:
            step(f"{what} of {rows:,} rows of {form}")
            done = _done(what, file)
            results.append(
                ReadingResult(
                    form=form,
                    what=what,
                    rows=rows,
                    columns=done.columns,
                    seconds=done.seconds,
                    peak_bytes=done.peak_bytes,
                )
            )
    return results


def _done(what: str, file: Path) -> Read:
    command = [*two_cores().server, sys.executable, "-m", "bench.reading.read", what, str(file)]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True)  # noqa: S603 - our own module
    return Read.model_validate_json(done.stdout)
