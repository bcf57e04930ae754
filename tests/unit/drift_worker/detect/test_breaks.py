"""Breaks of a column: what is found, what is not, and how probable each is by chance."""

from itertools import combinations
from math import comb

import numpy as np
import pandas as pd
import pytest

from baseline.columns import column_baseline
from baseline.counts import count_column
from contract.task import Kind
from drift_worker.detect.breaks import Break, find_breaks, missing_p_value, outside_p_value, unseen_p_value
from drift_worker.detect.levels import Levels

LEVEL = Levels(15).action
RNG = np.random.default_rng(8)
UNIFORM = pd.Series(RNG.random(7_000))


def found(reference: object, window: object, kind: Kind = "numerical") -> list[Break]:
    """What is broken in a column."""
    before, now = (
        pd.Series(side, dtype=object if kind != "numerical" else None) for side in (reference, window)
    )
    return find_breaks(column_baseline(count_column(before, kind), kind), count_column(now, kind), LEVEL)


def kinds(breaks: list[Break]) -> list[str]:
    """What is broken, by name."""
    return [each.kind for each in breaks]


def test_a_column_as_it_was_is_not_broken() -> None:
    """Another sample of the same values has nothing broken."""
    assert found(UNIFORM, RNG.random(1_000)) == []
    assert found(["a", "b"] * 500, ["a", "b"] * 100, "categorical") == []


@pytest.mark.parametrize("share", [0.3, 0.9, 1.0])
def test_missing_values_are_found(share: float) -> None:
    """A larger share of missing values is told with the share before."""
    window = UNIFORM[:1_000].mask(np.arange(1_000) < share * 1_000)
    (broken,) = found(UNIFORM, window)
    assert (broken.kind, broken.before) == ("missing", 0.0)
    assert broken.now == pytest.approx(share)


def test_values_that_are_no_longer_missing_are_found() -> None:
    """A default in the place of what was missing is a break as well."""
    assert kinds(found(UNIFORM.mask(UNIFORM < 0.3), UNIFORM[:500])) == ["missing"]


def test_a_change_below_five_points_is_none() -> None:
    """4 % missing in a large window is beyond chance, but no break."""
    assert found(UNIFORM, UNIFORM[:5_000].mask(np.arange(5_000) < 200)) == []


@pytest.mark.parametrize("factor", [1_000.0, -1.0])
def test_values_far_out_of_range_are_found(factor: float) -> None:
    """Another unit and a wrong sign are out of range, and an example is named."""
    (broken,) = found(10 + UNIFORM, (10 + UNIFORM[:200]) * factor)
    assert (broken.kind, broken.now) == ("out of range", 1.0)
    assert broken.example is not None
    assert abs(float(broken.example)) >= 10


def test_what_has_drifted_is_not_out_of_range() -> None:
    """A shift by a third of the range is drift, and nothing that is broken."""
    assert found(UNIFORM, UNIFORM[:1_000] + 0.33) == []


def test_categories_never_seen_are_found_by_name() -> None:
    """A tenth of the rows with a new category is a break; the most frequent new one is the example."""
    window = ["a"] * 880 + ["new"] * 90 + ["newer"] * 30
    (broken,) = found(["a", "b"] * 500, window, "categorical")
    assert (broken.kind, broken.now, broken.example) == ("never seen", 0.12, "new")


def test_numbers_never_seen_are_found_where_there_are_few() -> None:
    """A count that becomes a fraction is never seen; of a measurement every value is new."""
    counts = pd.Series(RNG.poisson(2, 5_000).astype(float))
    assert kinds(found(counts, counts[:300] * 1.1)) == ["never seen"]
    assert found(UNIFORM, RNG.random(300)) == []


def test_one_unseen_category_decides_nothing() -> None:
    """One row of 400 is no break."""
    assert found(["a", "b"] * 500, ["a"] * 399 + ["new"], "categorical") == []


def test_categories_that_are_always_new_are_not_broken() -> None:
    """Where most values of the reference occur once, new ones are expected."""
    before, now = [f"id {number}" for number in range(900)], [f"new {number}" for number in range(900)]
    assert found(before, now, "categorical") == []


def test_a_small_reference_need_not_have_seen_every_category() -> None:
    """A category with a tenth of the rows that twenty reference rows happen to lack is no break."""
    assert found(["a", "b"] * 10, ["a"] * 900 + ["c"] * 100, "categorical") == []


@pytest.mark.parametrize(
    ("categories", "reference", "n"), [(90, 200, 1_000), (90, 60, 200), (1_000, 200, 1_000)]
)
def test_categories_that_a_small_reference_missed_are_not_broken(
    categories: int, reference: int, n: int
) -> None:
    """How many rows have values that a reference lacks differs much from sample to sample."""
    draws = np.random.default_rng(categories + reference)
    for _ in range(100):
        before, now = (draws.integers(0, categories, rows).astype(str) for rows in (reference, n))
        assert found(before, now, "categorical") == []


def test_a_constant_column_is_found() -> None:
    """One value where there were several is a break, unless nearly all were that value before."""
    (broken,) = found([False, True] * 500, [True] * 50, "boolean")
    assert (broken.kind, broken.before, broken.example) == ("constant", 0.5, "true")
    assert found([0.0] * 999 + [1.0], [0.0] * 1_000) == []
    assert found([5.0] * 100, [5.0] * 100) == []


def test_a_column_without_values_on_either_side_is_not_broken() -> None:
    """Empty windows and columns that were always empty are no break."""
    assert found([None] * 9, [None] * 9) == []
    assert found(UNIFORM, []) == []
    assert found([], [1.0, 2.0]) == []


def test_missing_p_values_are_counted_out() -> None:
    """The p-value is twice the smaller tail over all ways to draw the window."""
    drawn = [sum(comb(4, k) * comb(11, 6 - k) for k in tail) / comb(15, 6) for tail in ((0, 1, 2, 3), (3, 4))]
    assert missing_p_value(1, 9, 3, 6) == pytest.approx(2 * min(drawn))


def test_p_values_outside_the_range_are_counted_out() -> None:
    """It is no less than the share of all orders in which so many rows are outside the reference's."""
    n, reference, outside = 4, 4, 3
    orders = list(combinations(range(n + reference), reference))
    exceeded = sum((places[0] + (n + reference - 1 - places[-1])) >= outside for places in orders) / len(
        orders
    )
    assert exceeded <= outside_p_value(outside, n, reference) <= 1.5 * exceeded


def test_p_values_of_unseen_values_are_counted_out() -> None:
    """It is no less than the share of all draws of the window in which so many rows are of unseen values."""
    before, now = np.array([3, 1, 0, 0]), np.array([1, 1, 2, 1])
    rows = np.repeat(np.arange(4), before + now)
    draws = [np.bincount(rows[list(draw)], minlength=4) for draw in combinations(range(9), 5)]
    unseen = [int(drawn[drawn == before + now].sum()) for drawn in draws]
    exceeded = sum(each >= 3 for each in unseen) / len(unseen)
    assert exceeded <= unseen_p_value(before, now) <= 1.0
    rare = unseen_p_value(np.array([7_000, 0]), np.array([990, 10]))
    assert rare == pytest.approx(comb(7_990, 990) / comb(8_000, 1_000), rel=1e-6)


def test_a_column_that_differs_by_rounding_only_is_not_broken() -> None:
    """One of two roundings, and one beyond them all; codes that differ by one are codes."""
    rounded = [0.3, 0.1 + 0.2]
    assert found(rounded * 500, [0.3] * 500) == []
    assert found(0.3 + np.arange(300) * 5e-17, [0.3 - 1e-15] * 500) == []
    assert kinds(found([4_006_381_333_931.0, 4_006_381_333_932.0] * 500, [4_006_381_333_931.0] * 500)) == [
        "constant"
    ]
