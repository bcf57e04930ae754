"""Months made of one file: by calendar months, or its first rows and the rest."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
from numpy.typing import NDArray

from dataset import DataError
from dataset.proposal.epochs import epoch_of
from dataset.proposal.moments import are_times_of_day, may_be_days, orders_of, read_moments
from dataset.table.column import Column
from dataset.table.files.folder import find_tables
from dataset.table.files.table import Content, Table
from dataset.table.layout import listed
from dataset.table.numbers import read_numbers
from dataset.table.reading import is_number, valid
from training.errors import TrainingError

SEED: Final = 20240131

JUDGED_ROWS: Final = 50
"""The worker's default of WINDOW_MIN_ROWS, below which a window is INSUFFICIENT_DATA."""

FORMS: Final = "expected dates such as 2024-01-31, 31.01.2024, 20240131 or 202401, or seconds since 1970"


@dataclass(frozen=True, slots=True)
class Month:
    """A month that was written."""

    path: Path
    rows: int
    about: str = ""


def split_by(file: Path, by: str, out: Path, day_first: bool | None, *, shuffle: bool) -> list[Month]:
    """Write a month for each calendar month of a column's dates; the cells stay as they are.

    The rows of a month are in the order of the file, or with `shuffle` in a random one, always the same.
    Raises DataError and TrainingError.
    """
    table, content = _content(file)
    if by not in table.columns:
        raise TrainingError(f"--by {by}: {file} has no such column; it has {listed(table.columns)}")
    months = _months(table.column(content, by), by, day_first)
    names = np.unique(months)
    if len(names) == 1:
        raise TrainingError(f"--by {by}: all rows are of {names[0]}; --fraction splits them by their order")
    order = _order(len(content), shuffle=shuffle)
    chosen = [(order[months[order] == name], f", {name}") for name in names]
    return list(_written(table, content, out, chosen))


def split_off(file: Path, fraction: float, out: Path, *, shuffle: bool) -> list[Month]:
    """Write the first share of the rows as month_000 and the rest as month_001.

    With `shuffle` both are drawn from all over the file, and their rows are in a random order, always the
    same. Raises DataError and TrainingError.
    """
    table, content = _content(file)
    first = round(fraction * len(content)) if 0.0 < fraction < 1.0 else 0
    if not 0 < first < len(content):
        raise TrainingError(
            f"--fraction {fraction:g}: expected a share above 0 and below 1 that leaves rows on both sides"
        )
    order = _order(len(content), shuffle=shuffle)
    return list(_written(table, content, out, [(order[:first], ""), (order[first:], "")]))


def _order(rows: int, *, shuffle: bool) -> NDArray[np.intp]:
    """Return the places of the rows in the order in which they are written."""
    place = np.arange(rows)
    return np.random.default_rng(SEED).permutation(place).argsort() if shuffle else place


def _content(file: Path) -> tuple[Table, Content]:
    tables = find_tables(file)
    if len(tables) > 1:
        raise TrainingError(f"{file}: holds {len(tables)} tables; expected one")
    return tables[0], tables[0].read(tables[0].columns)


def _months(column: Column, by: str, day_first: bool | None) -> NDArray[np.str_]:
    """Return the calendar month of each row; raises DataError where a row has none."""
    if column.is_text and read_numbers(column.words()).bad.any():
        times = _written_times(column, by, day_first)
    elif pa.types.is_timestamp(column.type) or pa.types.is_date(column.type):
        times = pd.Series(column.values.cast(pa.timestamp("ms"), safe=False).to_pandas())
    elif column.is_text or is_number(column.type):
        numbers = column.numbers().to_numpy()
        epoch = epoch_of(numbers[~np.isnan(numbers)], by)
        if epoch is None:
            raise TrainingError(f"--by {by}: {column.shown(0)} and the rest are no dates; {FORMS}")
        times = epoch.times(numbers)
    else:
        raise TrainingError(f"--by {by}: holds {column.type}; {FORMS}")
    column.refuse_missing(~valid(column.values), "every row needs its date; fill it in, or leave the row out")
    column.refuse(times.isna().to_numpy(), f"is no date that says its month and year; {FORMS}")
    return np.char.add(np.char.mod("%04d-", times.dt.year), np.char.mod("%02d", times.dt.month))


def _written_times(column: Column, by: str, day_first: bool | None) -> "pd.Series[pd.Timestamp]":
    words = column.words()
    if are_times_of_day(words):
        raise TrainingError(f"--by {by}: holds times of day; {FORMS}")
    if may_be_days(words):
        raise TrainingError(
            f"--by {by}: {words.drop_null()[0].as_py()!r} may be a day or the month of a year; {FORMS}"
        )
    orders = orders_of(words)
    if not orders:
        raise TrainingError(
            f"--by {by}: its dates have no one order, or the year first in two digits; {FORMS}"
        )
    if day_first is not None and day_first not in orders:
        said = "--day-first" if day_first else "--no-day-first"
        raise TrainingError(f"--by {by}: {said} would give some of its dates a month above 12; leave it out")
    if day_first is None and len(orders) > 1:
        raise TrainingError(
            f"--by {by}: {words.drop_null()[0].as_py()!r} can be read in two ways; "
            "say --day-first or --no-day-first"
        )
    return read_moments(words, day_first=min(orders) if day_first is None else day_first)


def _written(
    table: Table, content: Content, out: Path, months: list[tuple[NDArray[np.intp], str]]
) -> Iterator[Month]:
    rows = pa.table(content.columns)
    suffix = ".csv" if table.is_text else ".parquet"
    try:
        out.mkdir(parents=True, exist_ok=True)
        if there := sorted(out.glob("month_*")):
            raise TrainingError(f"{there[0]}: is there already; choose another --out")
        for number, (chosen, about) in enumerate(months):
            path = out / f"month_{number:03}{suffix}"
            part = rows.take(chosen)
            if table.is_text:
                options = pyarrow.csv.WriteOptions(delimiter=table.parts[0].delimiter or ",")
                pyarrow.csv.write_csv(part, path, options)
            else:
                pyarrow.parquet.write_table(part, path)
            yield Month(path, part.num_rows, about)
    except OSError as error:
        raise DataError(f"{out}: cannot be written: {error.strerror}") from error
