"""Numbers that differ by rounding only are the same; all others stay as they are, to the bit."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from baseline.rounding import nearest_known

NUMBERS = st.lists(st.floats(width=64, allow_nan=False, allow_infinity=False), min_size=1, max_size=9)


@pytest.mark.parametrize(
    ("known", "number", "same"),
    [
        ([0.3], 0.1 + 0.2, 0.3),
        ([0.2, 0.3, 0.4], 0.1 + 0.2, 0.3),
        ([0.0, 0.3], 0.1 + 0.2 - 0.3, 0.0),
        ([-0.7, 0.0], -0.1 * 7, -0.7),
        ([1e9], 1e9 * (1 + 1e-15), 1e9),
    ],
)
def test_rounding_makes_no_other_number(known: list[float], number: float, same: float) -> None:
    """What is nearest is meant."""
    assert number not in known
    assert nearest_known(np.array([number, 5.0]), np.array(known)).tolist() == [same, 5.0]


@pytest.mark.parametrize(
    ("known", "number"),
    [
        ([4_006_381_333_931.0], 4_006_381_333_932.0),
        ([0.01, 0.02, 1e11], 0.03),
        ([0.3], 0.3000001),
        ([0.0], 1e-300),
        ([0.0, 1.0], 1e-9),
    ],
)
def test_what_is_no_rounding_stays(known: list[float], number: float) -> None:
    """Long codes, small numbers beside a huge one, float32, and however small a number beside 0 alone."""
    assert nearest_known(np.array([number, np.nan]), np.array(known))[0] == number


@given(NUMBERS, NUMBERS)
def test_known_numbers_and_missing_ones_stay(known: list[float], numbers: list[float]) -> None:
    """Whatever there is, nothing moves by more than a part in 10¹² of what is known."""
    values = np.unique(known)
    assert np.array_equal(nearest_known(values, values), values)
    given_ = np.array([*numbers, np.nan])
    found = nearest_known(given_, values)
    assert np.isnan(found[-1])
    moved = found[:-1] != given_[:-1]
    assert set(found[:-1][moved]) <= set(values)
    with np.errstate(over="ignore"):
        assert (np.abs(found[:-1] - given_[:-1])[moved] <= 1e-12 * np.abs(values).max()).all()
