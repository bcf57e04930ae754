"""A column's counts are those of its values."""

import math
from collections import Counter

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from baseline.counts import LARGEST, count_column, count_numbers


@given(st.lists(st.sampled_from([-2.5, 0.0, 1.0, 1e150, math.nan]), max_size=20))
def test_numbers_are_counted(numbers: list[float]) -> None:
    """Each distinct number, ascending, has its rows; what is missing is counted apart."""
    counted = count_numbers(np.array(numbers, dtype=float))
    expected = Counter(number for number in numbers if not math.isnan(number))
    assert dict(zip(counted.values.tolist(), counted.counts.tolist(), strict=True)) == expected
    assert counted.values.tolist() == sorted(expected)
    assert (counted.present, counted.missing) == (expected.total(), len(numbers) - expected.total())


@pytest.mark.parametrize("others", [[], [math.nan], [math.inf]])
def test_numbers_beyond_the_largest_count_as_it(others: list[float]) -> None:
    """Whatever else is in the column; infinite numbers are missing."""
    counted = count_column(pd.Series([1e200, -1e200, 1.0, *others], dtype=float), "numerical")
    assert list(counted.values) == [-LARGEST, 1.0, LARGEST]  # type: ignore[union-attr]
    assert counted.missing == len(others)


@pytest.mark.parametrize("dtype", ["bool", "boolean", "object", "category"])
def test_booleans_are_counted_alike_in_every_type(dtype: str) -> None:
    """Plain, nullable, as objects and as categories."""
    counted = count_column(pd.Series([True, False, True], dtype=dtype), "boolean")
    assert (counted.counts, counted.present) == ({"false": 1, "true": 2}, 3)
