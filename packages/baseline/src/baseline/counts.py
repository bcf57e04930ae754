"""A column as its distinct values and how often each occurs."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd
from contract.task import Kind

LARGEST: Final = 1e150
"""Numbers of a larger magnitude count as this one: the square of a larger one overflows."""

Floats: TypeAlias = npt.NDArray[np.float64]
Integers: TypeAlias = npt.NDArray[np.int64]
Frame: TypeAlias = "pd.DataFrame"
Column: TypeAlias = "pd.Series[Any]"


@dataclass(frozen=True, slots=True)
class NumberCounts:
    """Distinct numbers in ascending order, the rows of each, and the rows without a value."""

    values: Floats
    counts: Integers | Floats
    missing: int | float

    @property
    def present(self) -> int | float:
        """The number of rows with a value."""
        rows: int | float = self.counts.sum().item()
        return rows


@dataclass(frozen=True, slots=True)
class CategoryCounts:
    """The rows of each category, in the order of the categories, and the rows without a value.

    The categories of a boolean column are "false" and "true".
    """

    counts: Mapping[str, int]
    missing: int

    @property
    def present(self) -> int:
        """The number of rows with a value."""
        return sum(self.counts.values())


Counts: TypeAlias = NumberCounts | CategoryCounts


def count_column(column: Column, kind: Kind) -> Counts:
    """Count the values of a column; infinite numbers are missing values.

    Raises ValueError for values of another kind.
    """
    if kind == "numerical":
        return count_numbers(numbers_of(column))
    if kind == "boolean":
        truths = truths_of(column)
        true, present = int(np.nansum(truths)), int(np.isfinite(truths).sum())
        truth = {"false": present - true, "true": true}
        return CategoryCounts({name: rows for name, rows in truth.items() if rows}, len(column) - present)
    codes, names = _factors(column)
    rows = np.bincount(codes[codes >= 0], minlength=len(names)).tolist()
    pairs = sorted((str(name), count) for name, count in zip(names, rows, strict=True) if count)
    return CategoryCounts(dict(pairs), len(column) - sum(rows))


def count_numbers(numbers: Floats) -> NumberCounts:
    """Count an array of finite numbers and NaN."""
    present = numbers[~np.isnan(numbers)]
    values, counts = np.unique(present, return_counts=True)
    return NumberCounts(values, counts.astype(np.int64), len(numbers) - len(present))


def numbers_of(column: Column) -> Floats:
    """Give a numerical column as floats, with NaN for what is missing or infinite.

    Raises ValueError where a value is not a number.
    """
    try:
        numbers = _floats(column)
    except (TypeError, ValueError) as error:
        raise ValueError(f"column {column.name!r} is numerical, but {error}") from error
    return np.clip(np.where(np.isfinite(numbers), numbers, np.nan), -LARGEST, LARGEST)


def _floats(column: Column) -> Floats:
    if column.dtype == np.float64:
        return column.to_numpy()
    return column.to_numpy(dtype=np.float64, na_value=np.nan)


def truths_of(column: Column) -> Floats:
    """Give a boolean column as 0.0 and 1.0, with NaN for what is missing.

    Raises ValueError where a value is neither true nor false.
    """
    codes, distinct = _factors(column)
    if not all(value in (True, False) for value in distinct):
        raise ValueError(f"column {column.name!r} is boolean, but holds other values than true and false")
    numbers: Floats = np.array([*(float(value) for value in distinct), np.nan])[codes]
    return numbers


def _factors(column: Column) -> tuple[npt.NDArray[Any], Any]:
    """Give a column as positions in its distinct values, and these; a missing value has the position -1."""
    if isinstance(column.array, pd.Categorical):
        return column.array.codes, column.array.categories
    return pd.factorize(column)
