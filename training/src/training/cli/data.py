"""The commands about data: `training schema`, `training split`, `training streamflow`."""

import shlex
import sys
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console

from contract.schema import Decimal
from contract.task import Task
from dataset import Options, propose_schema
from training.data.proposal import as_json_text, tell_proposal, text_of, write_schema
from training.data.split import JUDGED_ROWS, split_by, split_off
from training.errors import TrainingError
from training.example.streamflow import write_streamflow

TASK_HELP: Final = "Default: what the label's values set."
DATA_HELP: Final = "A CSV or Parquet file, or a folder of them."


def streamflow(
    out: Annotated[Path, typer.Option(help="Where to write month_000, month_001, month_002.")] = Path(
        "data/streamflow"
    ),
) -> None:
    """Make the example months: six Parquet tables each, and their schema."""
    write_streamflow(out)
    print(f"wrote month_000, month_001, month_002 and schema.yaml to {out}")


def schema(
    *,
    data: Annotated[Path, typer.Argument(help=DATA_HELP)],
    entity: Annotated[
        str | None, typer.Option(help="The column of the ids. Without it, rows are numbered.")
    ] = None,
    label: Annotated[str | None, typer.Option(help="The column to predict.")] = None,
    task: Annotated[Task | None, typer.Option(help=TASK_HELP)] = None,
    missing: Annotated[
        list[str] | None, typer.Option(help="A text that means a missing value; may be given again.")
    ] = None,
    decimal: Annotated[
        Decimal | None, typer.Option(help="The decimal mark of numbers that can be read in two ways.")
    ] = None,
    rows_repeat: Annotated[
        bool, typer.Option("--rows-repeat", help="Say that an id may be in several rows.")
    ] = False,
    out: Annotated[Path | None, typer.Option(help="The file to write. Default: printed.")] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print what each column is taken for as JSON.")
    ] = False,
) -> None:
    """Propose a schema.yaml for a data set, and say why; read it over before you use it."""
    options = Options(entity, label, task, decimal, tuple(missing or ()), rows_repeat)
    with Console(stderr=True).status(f"reading {data.name}"):
        proposal = propose_schema(data, options)
        text = text_of(proposal)
    if out is not None:
        write_schema(out, text)
    if as_json:
        print(as_json_text(proposal))
        return
    tell_proposal(proposal, data, out, sys.stderr if out is None else sys.stdout)
    if out is None:
        print(text, end="")


def split(
    *,
    file: Annotated[Path, typer.Argument(help="A CSV or Parquet file, or a folder of its parts.")],
    out: Annotated[Path, typer.Option(help="The folder for month_000, month_001, …")],
    by: Annotated[
        str | None, typer.Option(help="A column of dates: a month for each calendar month.")
    ] = None,
    fraction: Annotated[
        float | None, typer.Option(help="The share of the rows, the first ones, that is month_000.")
    ] = None,
    shuffle: Annotated[
        bool, typer.Option("--shuffle", help="Put the rows in random order first, by a fixed seed.")
    ] = False,
    day_first: Annotated[
        bool | None, typer.Option(help="Whether 01/02/2024 is the first of February.")
    ] = None,
) -> None:
    """Make months of one file: by the dates of a column, or its first rows and the rest."""
    if (by is None) == (fraction is None):
        raise TrainingError("expected either --by COLUMN or --fraction SHARE")
    with Console(stderr=True).status(f"reading {file.name}"):
        if by is not None:
            made = split_by(file, by, out, day_first, shuffle=shuffle)
        else:
            made = split_off(file, fraction or 0.0, out, shuffle=shuffle)
    for month in made:
        print(f"wrote {month.path}: {month.rows:,} rows{month.about}{', in random order' * shuffle}")
    if by is not None and (small := sum(month.rows < JUDGED_ROWS for month in made)):
        print(
            f"{small} of {len(made)} months have fewer than {JUDGED_ROWS} rows (WINDOW_MIN_ROWS), too few to "
            "be judged alone; a window that is full has rows of several"
        )
    first, schema_yaml = shlex.quote(str(made[0].path)), shlex.quote(str(out / "schema.yaml"))
    print(f"next: uv run training schema {first} --label COLUMN --out {schema_yaml}")
