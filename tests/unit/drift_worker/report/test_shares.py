"""What a plot of a column shows: each row of either side once, whatever its value."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from baseline.counts import CategoryCounts, NumberCounts, count_column, count_numbers
from drift_worker.show.report.shares import MOST_BARS, Bar, Picture, picture_of, ranges_of

NUMBERS = st.lists(st.floats(allow_nan=True, allow_infinity=False), max_size=60)
CLOSE = st.lists(st.integers(0, 40).map(lambda each: 1e17 + each * 16), max_size=60)
WHOLE = st.lists(st.integers(-1_000, 1_000).map(float), max_size=60)
NAMES = st.lists(st.none() | st.text(max_size=3), max_size=60)
RNG = np.random.default_rng(1)


def of_numbers(before: Any, now: Any) -> Picture:
    """The picture of a numerical column."""
    return picture_of(
        *(count_column(pd.Series(each, dtype="float64"), "numerical") for each in (before, now))
    )


def of_names(before: Any, now: Any) -> Picture:
    """The picture of a categorical column."""
    return picture_of(*(count_column(pd.Series(each, dtype=object), "categorical") for each in (before, now)))


def sums(picture: Picture) -> tuple[float, float]:
    """All shares of the reference, and all of the window."""
    shown = [*picture.bins, *picture.bars]
    return sum(each.before for each in shown), sum(each.now for each in shown)


def labels(picture: Picture) -> list[str]:
    """What the single bars are called."""
    return [each.label for each in picture.bars]


@given(NUMBERS | CLOSE | WHOLE, NUMBERS | CLOSE | WHOLE)
@example([1e308, -1e308] * 20, [5e-324 * each for each in range(30)])
@example([], list(range(30)))
@example(list(range(30)), [None] * 30)
@example([0.0] * 99 + [3.0], list(range(50)))
def test_numbers_are_shown_each_once(before: list[float], now: list[float]) -> None:
    """Huge, tiny, negative, missing, all the same: the shares of a side with rows add up to 1."""
    picture = of_numbers(before, now)
    assert sums(picture) == pytest.approx((float(bool(before)), float(bool(now))))
    assert len(picture.edges) == len(picture.bins) + bool(picture.bins)
    assert len(picture.bins) <= 25
    assert len(picture.bars) <= 20


@given(NAMES, NAMES)
def test_categories_are_shown_each_once(before: list[str | None], now: list[str | None]) -> None:
    """Missing ones and those without a bar of their own, too."""
    picture = of_names(before, now)
    assert sums(picture) == pytest.approx((float(bool(before)), float(bool(now))))
    assert len(picture.bars) <= MOST_BARS + 1


@given(st.integers(0, 10_000))
def test_a_shift_is_seen_in_bins_of_equal_width(seed: int) -> None:
    """Both sides lie within the axis, whose steps are round."""
    rng = np.random.default_rng(seed)
    picture = of_numbers(rng.normal(50, 10, 500), rng.normal(60, 10, 200))
    assert 5 <= len(picture.bins) <= 25
    steps = {f"{step:.6g}" for step in np.diff(picture.edges)}
    assert len(steps) == 1
    assert steps.pop().strip("0.") in {"1", "2", "5"}
    assert sum(each.before for each in picture.bins) > 0.95
    assert sum(each.now for each in picture.bins) > 0.9


def test_another_unit_leaves_the_reference_its_shape() -> None:
    """Values a thousand times as large are one bar beside it, and the ranges are told."""
    before = RNG.normal(50, 10, 1_000)
    picture = of_numbers(before, before * 1_000)
    assert max(each.before for each in picture.bins) < 0.3
    assert picture.bars[-1].label.endswith(" and more")
    assert picture.bars[-1].now == 1.0
    told = ranges_of(count_numbers(before), count_numbers(before * 1_000))
    assert told is not None
    assert told.startswith("Smallest to largest: reference ")
    assert f"{before.max() * 1_000:,.0f}" in told


@pytest.mark.parametrize("spread", [3.0, 8.0])
def test_a_heavy_tail_does_not_squeeze_the_others_into_one_bin(spread: float) -> None:
    """Ranges with about a tenth of the reference's rows each show it instead."""
    before = RNG.lognormal(0, spread, 2_000)
    picture = of_numbers(before, before[:500])
    assert not picture.bins
    assert 8 <= len(picture.bars) <= 12
    assert max(each.before for each in picture.bars) < 0.15


def test_beside_one_frequent_value_the_others_are_seen() -> None:
    """Of 90 % zeros the other tenth still has bars of its own."""
    before = [0.0] * 900 + [float(each) for each in range(1, 101)]
    picture = of_numbers(before, before)
    assert picture.bars[0] == Bar("0", 0.9, 0.9, remark=True)
    assert len(picture.bars) >= 4


def test_whole_numbers_have_whole_bins() -> None:
    """Each bin has equally many of them, so that there is no comb."""
    picture = of_numbers(list(range(47)) * 10, list(range(47)))
    assert len({round(each.before, 9) for each in picture.bins[:-1]}) == 1


def test_a_few_more_numbers_have_a_bar_each_where_most_are_one() -> None:
    """Up to a dozen; a histogram would show one bin."""
    assert labels(of_numbers([0] * 90 + list(range(10)), [0])) == [*"0123456789"]
    assert not of_numbers(list(range(10)), [0]).bars


def test_few_numbers_have_a_bar_each_in_their_order() -> None:
    """As a count of things has."""
    picture = of_numbers([2, 0, 0, 1], [3, 0])
    assert picture.bars == [Bar("0", 0.5, 0.5), Bar("1", 0.25, 0), Bar("2", 0.25, 0), Bar("3", 0, 0.5)]


def test_missing_values_are_a_bar_of_their_own() -> None:
    """Its share is that of all rows, and so are the others."""
    assert of_numbers([1, 1], [1, None]).bars == [Bar("1", 1, 0.5), Bar("missing", 0, 0.5, remark=True)]
    assert of_names(["a"], [None]).bars == [Bar("a", 1, 0), Bar("missing", 0, 1, remark=True)]


def test_the_most_frequent_of_a_thousand_categories_are_shown() -> None:
    """Those of the window as well, by their share of the reference; all others are one bar."""
    before = [f"c{each}" for each in range(1_000)] + ["often"] * 500
    picture = of_names(before, ["new"] * 60 + before[:40])
    assert labels(picture)[0] == "often"
    assert "new" in labels(picture)
    assert labels(picture)[-1] == "991 others"
    assert len(picture.bars) == MOST_BARS


def test_truths_are_two_bars() -> None:
    """However a column holds them."""
    sides = [count_column(pd.Series(cells), "boolean") for cells in ([True, False, None, False], [True])]
    missing = Bar("missing", 0.25, 0, remark=True)
    assert picture_of(*sides).bars == [Bar("false", 0.5, 0), Bar("true", 0.25, 1), missing]


def test_a_column_has_one_kind() -> None:
    """Numbers cannot be drawn beside categories."""
    with pytest.raises(TypeError, match="beside a categorical one"):
        picture_of(NumberCounts(np.array([1.0]), np.array([1]), 0), CategoryCounts({"a": 1}, 0))
