"""Shifts of one column."""

import numpy as np
import pytest

from baseline.counts import Floats
from drift_worker.trial.changes.shifts import Shifted

RNG = np.random.default_rng(5)
NORMAL = RNG.normal(20, 4, 5_000)
COUNTS = RNG.poisson(0.4, 5_000).astype(float)
NEARLY_ALL_FIVE = np.where(RNG.random(5_000) < 0.9, 5.0, RNG.integers(0, 5, 5_000))
WITH_GAPS = np.where(RNG.random(5_000) < 0.5, np.nan, NORMAL)


@pytest.mark.parametrize("values", [NORMAL, COUNTS, NEARLY_ALL_FIVE, WITH_GAPS])
@pytest.mark.parametrize("shift", [0.1, 0.5, 1.0])
def test_the_mean_moves_by_the_shift(values: Floats, shift: float) -> None:
    """In standard deviations; upwards, or downwards where there is more room. Gaps stay as frequent."""
    shifted = Shifted.of(values)
    assert shifted is not None
    drawn = shifted.draw(shift, 50_000, np.random.default_rng(1))
    moved = (drawn.mean() - np.nanmean(values)) / np.nanstd(values)
    assert abs(moved) == pytest.approx(shift, abs=0.03)
    assert drawn.isna().mean() == pytest.approx(np.isnan(values).mean(), abs=0.01)


def test_a_column_of_few_values_keeps_to_them() -> None:
    """Other values would be a break by themselves: never seen."""
    shifted = Shifted.of(COUNTS)
    assert shifted is not None
    assert {*shifted.draw(1.0, 5_000, RNG)} <= {*COUNTS}


def test_a_column_that_has_no_room_is_not_shifted_as_far() -> None:
    """A fair coin can't move by more than one standard deviation."""
    shifted = Shifted.of(np.array([0.0, 1.0] * 50))
    assert shifted is not None
    assert shifted.largest < 1.0
    assert shifted.draw(0.9 * shifted.largest, 1_000, RNG).mean() > 0.8


@pytest.mark.parametrize("values", [np.full(9, 3.0), np.full(9, np.nan), np.array([])])
def test_a_column_without_deviation_has_no_shifts(values: Floats) -> None:
    """A shift is in standard deviations, and here these are 0."""
    assert Shifted.of(values) is None
