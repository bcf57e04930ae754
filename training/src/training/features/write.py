"""Writes a Feast repository: what Feast knows of the features, and a month of them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Final, Literal

import pyarrow.parquet

from contract.schema import Schema
from dataset import read_dataset
from training.errors import TrainingError
from training.features.definitions import DATA, MARK, definitions_text, store_text
from training.features.layout import Repository, lay_out
from training.features.month import tables_of

STORE_FILE: Final = "feature_store.yaml"
DEFINITIONS_FILE: Final = "definitions.py"


Defined = Literal["new", "changed", "same"]


@dataclass(frozen=True, slots=True)
class Written:
    """A repository as it was written."""

    repository: Repository
    rows: int
    defined: Defined
    """Whether the folder's definitions are new, others than before, or the same."""
    ignored: tuple[str, ...]
    """The columns that are no features, as `file: column, column`."""
    notes: tuple[str, ...]
    """What was read in another way than it is written."""


def write_repository(schema: Schema, data: Path, out: Path, model: str, time: datetime) -> Written:
    """Write the repository of a model's features into a folder, with a month's values as of this time.

    What else lies in the folder stays. Raises TrainingError where definitions lie there that aren't ours, and
    DataError where the month can't be read.
    """
    repository = lay_out(schema, data, model)
    definitions, text = out / DEFINITIONS_FILE, definitions_text(repository)
    defined = _compared(definitions, text)
    month = read_dataset(data, schema, nulls="allowed", label="ignored")
    (out / DATA).mkdir(parents=True, exist_ok=True)
    _replace(out / STORE_FILE, lambda path: path.write_text(store_text(repository)))
    _replace(definitions, lambda path: path.write_text(text))
    for view, table in tables_of(month, repository, time).items():
        _replace(out / DATA / f"{view}.parquet", partial(pyarrow.parquet.write_table, table))
    return Written(repository, len(month.frame), defined, month.ignored, month.notes)


def _compared(definitions: Path, text: str) -> Defined:
    """Compare the definitions that lie there with a text; raises TrainingError where they aren't ours."""
    if not definitions.exists():
        return "new"
    before = definitions.read_text(errors="replace")
    if MARK not in before:
        raise TrainingError(
            f"{definitions}: was not written by `training feast`, so it stays; expected another --out"
        )
    return "same" if before == text else "changed"


def _replace(file: Path, write: Callable[[Path], object]) -> None:
    """Write a file beside the old one, and put it in its place: who reads meanwhile reads either."""
    new = file.with_name(f".{file.name}.new")
    write(new)
    new.replace(file)
