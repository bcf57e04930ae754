"""The command about features that are looked up: `training feast`."""

import shlex
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from dataset import find_schema, read_schema_yaml
from training.features.month import as_of
from training.features.write import write_repository


def feast(
    *,
    data: Annotated[Path, typer.Option(help="A month: a folder of CSV or Parquet tables, or one of them.")],
    out: Annotated[Path, typer.Option(help="The repository's folder, called like the model: features/NAME.")],
    schema_file: Annotated[
        Path | None,
        typer.Option(
            "--schema",
            help="A schema.yaml, or a bundle's schema.json. Default: the one beside the data, or above it.",
        ),
    ] = None,
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
    time = as_of(data, month)
    with Console(stderr=True).status(f"reading {data.name}"):
        schema = read_schema_yaml(schema_file or find_schema(data))
        written = write_repository(schema, data, out, out.absolute().name, time)
    for note in written.notes:
        print(note)
    for ignored in written.ignored:
        print(f"ignored, not in the schema: {ignored}")
    service, when = written.repository.service, f"{time:%Y-%m-%dT%H:%M:%SZ}"
    print(f"wrote {out}: feature service {service}, {written.rows:,} rows as of {when}")
    for view in written.repository.views:
        print(f"  {view.name:<20}  {', '.join(feature.name for feature in view.features)}")
    if written.defined == "new":
        given = {"FEATURES_DIR": out, "MONTH": data, **({"SCHEMA": schema_file} if schema_file else {})}
        words = (f"{variable}={shlex.quote(str(path))}" for variable, path in given.items())
        print(f"next: make features {' '.join(words)}")
    elif written.defined == "changed":
        print("the definitions are others than before: docker compose --profile feast restart features")
