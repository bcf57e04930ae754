"""The command about features that are looked up: `training feast`."""

import shlex
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console

from dataset import find_schema, read_schema_yaml
from training.errors import TrainingError
from training.features.month import as_of
from training.features.write import write_repository

FOLDER: Final = Path("features")


def feast(
    *,
    data: Annotated[Path, typer.Option(help="A month: a folder of CSV or Parquet tables, or one of them.")],
    schema_file: Annotated[
        Path | None,
        typer.Option(
            "--schema",
            help="A schema.yaml, or a bundle's schema.json. Default: the one beside the data, or above it.",
        ),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="The repository's folder. Default: features/ and the name.")
    ] = None,
    name: Annotated[str | None, typer.Option(help="The model's name. Default: the out folder's.")] = None,
    month: Annotated[
        str | None,
        typer.Option(
            "--as-of",
            help="The month at whose end, in UTC, the values were so, such as 2026-10. "
            "Default: the one in the folder's name, or else they are so now.",
        ),
    ] = None,
) -> None:
    """Write a Feast repository: a view for each table with features, and a month of their values."""
    name, out = _named(name, out)
    time = as_of(data, month)
    with Console(stderr=True).status(f"reading {data.name}"):
        schema = read_schema_yaml(schema_file or find_schema(data))
        written = write_repository(schema, data, out, name, time)
    for note in written.notes:
        print(note)
    for ignored in written.ignored:
        print(f"ignored, not in the schema: {ignored}")
    service, when = written.repository.service, f"{time:%Y-%m-%dT%H:%M:%SZ}"
    print(f"wrote {out}: feature service {service}, {written.rows:,} rows as of {when}")
    for view in written.repository.views:
        print(f"  {view.name:<20}  {', '.join(feature.name for feature in view.features)}")
    if written.defined == "new":
        print(f"next: FEATURES_DIR={shlex.quote(str(out))} make features MONTH={shlex.quote(str(data))}")
    elif written.defined == "changed":
        print("the definitions are others than before: docker compose --profile feast restart features")


def _named(name: str | None, out: Path | None) -> tuple[str, Path]:
    if out is None and name is None:
        raise TrainingError("expected --out FOLDER or --name NAME, which is the model's name")
    if out is None:
        return str(name), FOLDER / str(name)
    return name or out.absolute().name, out
