"""A column as its distinct values and how often each occurs."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
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


@dataclass(frozen=True)
class NumberCounts:
    """Distinct numbers in ascending order, the rows of each, and the rows without a value."""

    values: Floats
    counts: Integers | Floats
    missing: int | float

    @cached_property
    def present(self) -> int | float:
        """The number of rows with a value."""
        rows: int | float = self.counts.sum().item()
        return rows

    @cached_property
    def shares(self) -> Floats:
        """The share of rows up to each value, after a 0 for none."""
        return np.concatenate([[0.0], np.cumsum(self.counts) / self.present])

    @cached_property
    def deviation(self) -> float:
        """The standard deviation, as it is computed without regard to rounding."""
        shares = self.counts / self.present
        return float(np.sqrt(shares @ (self.values - shares @ self.values) ** 2))

    @property
    def rows(self) -> Integers | Floats:
        """The rows of each value, in their order."""
        return self.counts


@dataclass(frozen=True)
class CategoryCounts:
    """The rows of each category, in the order of the categories, and the rows without a value.

    The categories of a boolean column are "false" and "true".
    """

    counts: Mapping[str, int]
    missing: int

    @cached_property
    def present(self) -> int:
        """The number of rows with a value."""
        return sum(self.counts.values())

    @property
    def rows(self) -> Integers:
        """The rows of each category, in their order."""
        return np.array([*self.counts.values()], dtype=np.int64)


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
    present = np.sort(numbers[~np.isnan(numbers)])
    changes = np.ones(len(present) + 1, dtype=bool)
    changes[1:-1] = present[1:] != present[:-1]
    edges = np.flatnonzero(changes)
    return NumberCounts(present[edges[:-1]], edges[1:] - edges[:-1], len(numbers) - len(present))


def numbers_of(column: Column) -> Floats:
    """Give a numerical column as floats, with NaN for what is missing or infinite.

    Raises ValueError where a value is not a number.
    """
    try:
        numbers = _floats(column)
    except (TypeError, ValueError) as error:
        raise ValueError(f"column {column.name!r} is numerical, but {error}") from error
    if len(numbers) and np.abs(numbers).max() <= LARGEST:  # not so where any is missing or infinite
        return numbers
    return np.clip(np.where(np.isfinite(numbers), numbers, np.nan), -LARGEST, LARGEST)


def _floats(column: Column) -> Floats:
    if column.dtype == np.float64:
        return column.to_numpy()
    return column.to_numpy(dtype=np.float64, na_value=np.nan)


def truths_of(column: Column) -> Floats:
    """Give a boolean column as 0.0 and 1.0, with NaN for what is missing.

    Raises ValueError where a value is neither true nor false.
    """
    if column.dtype == np.bool_:
        return column.to_numpy(dtype=np.float64)
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
