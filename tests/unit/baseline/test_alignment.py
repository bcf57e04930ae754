"""Two columns' counts side by side."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from baseline.alignment import align_categories, align_numbers
from baseline.counts import count_numbers

NUMBERS = st.lists(st.sampled_from([-1.5, 0.0, 0.5, 2.0, 1e150]), max_size=12)
CATEGORIES = st.dictionaries(st.sampled_from(["a", "B", "ä", "", "aa"]), st.integers(1, 9))


@given(NUMBERS, NUMBERS)
def test_numbers_of_both_sides_stand_in_one_order(one: list[float], other: list[float]) -> None:
    """Each value that either side has, ascending, with the rows of both."""
    values, first, second = align_numbers(count_numbers(np.array(one)), count_numbers(np.array(other)))
    expected = sorted({*one, *other})
    assert values.tolist() == expected
    assert first.tolist() == [one.count(value) for value in expected]
    assert second.tolist() == [other.count(value) for value in expected]


@given(CATEGORIES, CATEGORIES)
def test_categories_of_both_sides_stand_in_one_order(one: dict[str, int], other: dict[str, int]) -> None:
    """Each name that either side has, by its characters, with the rows of both in that order."""
    names, first, second = align_categories(one, other)
    assert names == sorted({*one, *other})
    assert first.tolist() == [one.get(name, 0) for name in names]
    assert second.tolist() == [other.get(name, 0) for name in names]
