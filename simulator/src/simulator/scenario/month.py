"""The rows of a data set, read by the schema of the served model."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from contract.schema import FeatureValue, Schema
from dataset import DataError, read_dataset
from simulator.errors import MonthError
from simulator.scenario.rows import Row

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True)
class Told:
    """The columns that are not sent, per table, and what was read in another way than it is written."""

    ignored: tuple[str, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Month:
    """The rows in the order of their data set, and what is told of them."""

    rows: list[Row]
    told: Told


def read_month(path: Path, schema: Schema, limit: int | None = None) -> Month:
    """Read the first `limit` rows of a data set; raises MonthError where they don't fit the schema."""
    try:
        data = read_dataset(path, schema, label="ignored")
    except DataError as error:
        raise MonthError(f"{error} (the schema is that of the served model)") from error
    frame = data.frame.head(limit) if limit else data.frame
    names = schema.feature_names
    values = zip(*(_values(frame[name]) for name in names), strict=True)
    rows = [
        Row(entity, dict(zip(names, row, strict=True)))
        for entity, row in zip(frame[schema.entity], values, strict=True)
    ]
    return Month(rows, Told(data.ignored + _unsent_times(path, schema), data.notes))


def _unsent_times(path: Path, schema: Schema) -> tuple[str, ...]:
    """Name the column of times, which nobody sends: a prediction's time is that at which it arrives."""
    if schema.time is None:
        return ()
    about = "rows count as of when they are sent, and are compared with the reference's rows of that hour"
    return (f"{path.name}: {schema.time.column} ({about})",)


def _values(column: "pd.Series[Any]") -> list[FeatureValue]:
    """Return the column as plain Python values, with None for missing ones."""
    values = zip(column.astype(object), column.isna(), strict=True)
    return [None if missing else value for value, missing in values]
