"""Seeded random draws that are the same on every version of numpy."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[Any]


class Draws:
    """Draws random columns with a fixed number of rows; other calls or another order give other columns."""

    def __init__(self, seed: int, rows: int) -> None:
        self._bits = np.random.PCG64(seed)
        self._rows = rows

    def uniform(self) -> Numbers:
        """Return uniform numbers in (0, 1)."""
        return (self._bits.random_raw(self._rows) >> np.uint64(11)) * 2.0**-53 + 2.0**-54

    def normal(self, mean: float | Numbers, sd: float) -> Numbers:
        """Return normal numbers, by the method of Box and Muller."""
        radius = np.sqrt(-2.0 * np.log(self.uniform()))
        return mean + sd * radius * np.cos(2.0 * np.pi * self.uniform())

    def poisson(self, mean: float) -> Numbers:
        """Return Poisson counts, by inversion of the distribution function."""
        terms = [math.exp(-mean) * mean**count / math.factorial(count) for count in range(40)]
        return np.searchsorted(np.cumsum(terms), self.uniform()).astype(np.int64)

    def events(self, probability: Numbers) -> Numbers:
        """Return booleans that are True with these probabilities."""
        return self.uniform() < probability
