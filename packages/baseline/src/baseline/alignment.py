"""Two columns' counts side by side: the values that either has, and the rows that each has of them."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from baseline.counts import Floats, Integers, NumberCounts


def align_numbers(one: NumberCounts, other: NumberCounts) -> tuple[Floats, Integers, Integers]:
    """Give the numbers that either side has, ascending, and each side's rows of them."""
    values = np.union1d(one.values, other.values)
    return values, _rows_among(values, one), _rows_among(values, other)


def align_categories(
    one: Mapping[str, float], other: Mapping[str, float]
) -> tuple[list[str], Integers, Integers]:
    """Give the categories that either side has, in their order, and each side's rows of them."""
    names = sorted([*one, *(other.keys() - one.keys())])  # what is almost in order is sorted at once
    first, second = (_array([side.get(name, 0) for name in names]) for side in (one, other))
    return names, first, second


def _array(rows: list[float]) -> Any:
    return np.array(rows) if rows else np.zeros(0, dtype=np.int64)


def _rows_among(values: Floats, counted: NumberCounts) -> Any:
    rows = np.zeros(len(values), dtype=counted.counts.dtype)
    rows[np.searchsorted(values, counted.values)] = counted.counts
    return rows
