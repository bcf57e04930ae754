"""Seeded draws: the same everywhere, and of the distribution that they say."""

import numpy as np
import pytest

from training.example.draws import Draws

ROWS = 50_000


def test_a_seed_gives_the_same_numbers_on_every_machine() -> None:
    """The first numbers are written down here: another numpy must give them too."""
    draws = Draws(7, 3)

    assert draws.uniform().tolist() == pytest.approx([0.62509547, 0.8972138, 0.77568569], abs=1e-8)
    assert draws.poisson(2.0).tolist() == [1, 1, 4]


def test_uniform_numbers_fill_the_open_interval() -> None:
    """No draw is 0, whose logarithm there is not, or 1."""
    numbers = Draws(1, ROWS).uniform()

    assert 0.0 < numbers.min() < 0.001
    assert 0.999 < numbers.max() < 1.0
    assert numbers.mean() == pytest.approx(0.5, abs=0.01)


def test_normal_numbers_have_their_mean_and_deviation() -> None:
    """The mean may differ from row to row."""
    numbers = Draws(1, ROWS).normal(np.full(ROWS, 10.0), 3.0)

    assert numbers.mean() == pytest.approx(10.0, abs=0.05)
    assert numbers.std() == pytest.approx(3.0, abs=0.05)
    assert np.mean(np.abs(numbers - 10.0) < 3.0) == pytest.approx(0.6827, abs=0.01)


@pytest.mark.parametrize("mean", [0.03, 0.3, 5.05])
def test_counts_are_poisson(mean: float) -> None:
    """Mean and variance are one, and the share of zeros is that of the distribution."""
    counts = Draws(1, ROWS).poisson(mean)

    assert counts.mean() == pytest.approx(mean, rel=0.05)
    assert counts.var() == pytest.approx(mean, rel=0.05)
    assert np.mean(counts == 0) == pytest.approx(np.exp(-mean), abs=0.01)


def test_events_have_their_probabilities() -> None:
    """Each row has its own."""
    probability = np.repeat([0.1, 0.7], ROWS // 2)
    events = Draws(1, ROWS).events(probability)

    assert events[: ROWS // 2].mean() == pytest.approx(0.1, abs=0.01)
    assert events[ROWS // 2 :].mean() == pytest.approx(0.7, abs=0.01)
