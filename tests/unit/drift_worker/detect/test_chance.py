"""Chance: how often windows without drift look as different as this one."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom, norm, wasserstein_distance

from baseline.columns import CategoryBaseline, NumberBaseline, column_baseline
from baseline.counts import CategoryCounts, Floats, count_numbers
from drift_worker.detect.chance import grouped_rows, p_value_of, rank_difference, shares_difference, solve_z

Draw = Callable[[np.random.Generator, int], Floats]

COLUMNS: dict[str, Draw] = {
    "normal": lambda rng, size: rng.normal(size=size),
    "pareto": lambda rng, size: rng.pareto(1.5, size),
    "counts": lambda rng, size: rng.poisson(0.3, size).astype(float),
    "mostly zero": lambda rng, size: np.where(rng.random(size) < 0.97, 0.0, rng.random(size)),
}


def baseline_of(numbers: Floats) -> NumberBaseline:
    """The baseline of a numerical column."""
    baseline = column_baseline(count_numbers(numbers), "numerical")
    assert isinstance(baseline, NumberBaseline)
    return baseline


def categories(rows: list[int]) -> dict[str, int]:
    """Categories with these rows."""
    return {f"c{place:04}": count for place, count in enumerate(rows) if count}


@pytest.mark.parametrize("name", COLUMNS)
def test_numbers_without_drift_rarely_look_like_drift(name: str) -> None:
    """Of windows without drift about 1 % have a p-value of at most 0.01, and not more than that."""
    rng = np.random.default_rng(3)
    found = [
        p_value_of(baseline_of(COLUMNS[name](rng, 400)), count_numbers(COLUMNS[name](rng, 150)))
        for _ in range(1_000)
    ]
    assert np.mean([p_value is not None and p_value <= 0.01 for p_value in found]) <= 0.018


@pytest.mark.parametrize("number", [2, 4, 30, 300])
def test_categories_without_drift_rarely_look_like_drift(number: int) -> None:
    """Few windows without drift are flagged, however many categories there are."""
    rng = np.random.default_rng(4)
    shares = rng.dirichlet(np.ones(number))
    found = []
    for _ in range(1_000):
        before, now = (categories(rng.multinomial(rows, shares).tolist()) for rows in (400, 150))
        baseline = CategoryBaseline(kind="categorical", missing=0, counts=before)
        found.append(p_value_of(baseline, CategoryCounts(now, 0)))
    assert np.mean([p_value is not None and p_value <= 0.01 for p_value in found]) <= 0.015


@pytest.mark.parametrize("share", [0.5, 0.05, 0.01, 0.002])
@pytest.mark.parametrize("sizes", [(300, 50), (300, 1_000), (3_000, 1_000)])
def test_a_column_of_two_values_exceeds_no_level(share: float, sizes: tuple[int, int]) -> None:
    """Counted out over all outcomes, p-values at the level of an action are no more frequent than it says."""
    level, (rows, n) = 2e-6, sizes
    references = [k for k in range(1, rows) if binom.pmf(k, rows, share) > 1e-4]
    windows = [k for k in range(n + 1) if binom.pmf(k, n, share) > 1e-12]
    exceeded = 0.0
    for before in references[:: max(len(references) // 6, 1)]:
        baseline = baseline_of(np.repeat([0.0, 1.0], [rows - before, before]))
        for now in windows:
            p_value = p_value_of(baseline, count_numbers(np.repeat([0.0, 1.0], [n - now, now])))
            if p_value is not None and p_value <= level:
                exceeded += binom.pmf(now, n, share) * binom.pmf(before, rows, share)
    assert exceeded * max(len(references) // 6, 1) <= 1.2 * level


def test_the_distance_is_that_between_the_ranks() -> None:
    """The p-value is that of the Wasserstein distance between mid-ranks, in standard deviations of all."""
    rng = np.random.default_rng(5)
    before, now = rng.poisson(8, 200).astype(float), rng.poisson(9, 80).astype(float)
    baseline = baseline_of(before)
    ranks = [
        np.array([((before < x).sum() + (before <= x).sum()) / 400 for x in side]) for side in (now, before)
    ]
    deviation = float(np.std(np.concatenate(ranks)))
    distance = wasserstein_distance(*ranks) / deviation
    z = solve_z(distance, np.sqrt(1 / 80 + 1 / 200), 1 / (6 * 80 * 2 * deviation))
    assert p_value_of(baseline, count_numbers(now)) == pytest.approx(2 * norm.sf(z), rel=1e-9)


def test_bins_of_equal_rank_say_nearly_what_the_values_say() -> None:
    """A column in 256 bins has about the p-value that all of its values give."""
    rng = np.random.default_rng(6)
    before, now = rng.lognormal(0, 2, 5_000), rng.lognormal(0.15, 2, 800)
    binned = baseline_of(before)
    counted = count_numbers(before)
    exact = binned.model_copy(
        update={
            "values": tuple(counted.values.tolist()),
            "counts": tuple(counted.counts.tolist()),
            "binned": False,
        }
    )
    p_values = [p_value_of(baseline, count_numbers(now)) for baseline in (binned, exact)]
    assert len(binned.values) == 256
    assert p_values[0] == pytest.approx(p_values[1], rel=0.05)


def test_a_value_that_another_one_replaces_is_seen() -> None:
    """A count that is twice what it was is beyond chance, although hardly any rank changes."""
    rng = np.random.default_rng(7)
    before, now = rng.poisson(0.16, 7_000).astype(float), 2 * rng.poisson(0.16, 1_000).astype(float)
    p_value = p_value_of(baseline_of(np.minimum(before, 3)), count_numbers(now))
    assert p_value is not None
    assert p_value < 1e-10


def test_columns_without_two_values_have_no_p_value() -> None:
    """There is no chance to speak of where the reference is constant or a side is empty."""
    some, none = count_numbers(np.arange(5.0)), count_numbers(np.array([np.nan]))
    assert p_value_of(baseline_of(np.ones(9)), some) is None
    assert p_value_of(baseline_of(np.array([np.nan])), some) is None
    assert p_value_of(baseline_of(np.arange(5.0)), none) is None
    empty = CategoryBaseline(kind="categorical", missing=3, counts={})
    assert p_value_of(empty, CategoryCounts({"a": 3}, 0)) is None


def test_rare_categories_are_compared_as_one() -> None:
    """Categories with fewer than five expected rows, or beyond the 200 most frequent, are the last."""
    now, before = grouped_rows(np.array([90.0, 4, 3, 3]), np.array([880.0, 40, 40, 40]))
    assert (now.tolist(), before.tolist()) == ([90, 10], [880, 120])
    now, before = grouped_rows(np.full(300, 100.0), np.full(300, 100.0))
    assert len(now) == 201
    assert (now.sum(), before.sum()) == (30_000, 30_000)


@given(
    distance=st.floats(0, 100),
    linear=st.floats(1e-6, 2),
    square=st.floats(1e-9, 10),
)
def test_z_solves_its_equation(distance: float, linear: float, square: float) -> None:
    """The solution gives the distance back."""
    z = solve_z(distance, linear, square)
    assert z >= 0
    assert linear * z + square * z * z == pytest.approx(distance, rel=1e-6, abs=1e-9)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("before", [[70.0, 0.0], [70.0, 0.0, 0.0]])
def test_categories_that_no_row_has_are_not_compared(before: list[float]) -> None:
    """In the hours of a window one category may be all that there is: nothing differs, and nothing is 0/0."""
    found = shares_difference(np.array([30.0, *before[1:]]), np.array(before))
    assert (found.distance, found.z) == (0.0, 0.0)
    moved = shares_difference(np.array([30.0, 30.0, 0.0]), np.array([70.0, 140.0, 0.0]))
    assert (0.0 < moved.distance < 1.0, moved.tests) == (True, 1)


@pytest.mark.parametrize("cell", [0, 1, 4])
def test_rows_of_one_cell_on_both_sides_do_not_differ(cell: int) -> None:
    """There is no deviation to divide by; of a mix of rows the reference has parts of rows."""
    before, now = np.zeros(5), np.zeros(5)
    before[cell], now[cell] = 51.3, 7.0
    found = rank_difference(before, now)
    assert (found.distance, found.z, found.p_value()) == (0.0, 0.0, 1.0)
