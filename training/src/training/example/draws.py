"""Seeded draws that are the same on every version of numpy: uniform numbers, inverted."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[Any]


class Draws:
    """Random columns of a fixed number of rows; the order of calls is part of the seed's meaning."""

    def __init__(self, seed: int, rows: int) -> None:
        self._bits = np.random.PCG64(seed)
        self._rows = rows

    def uniform(self) -> Numbers:
        """Uniform in (0, 1)."""
        return (self._bits.random_raw(self._rows) >> np.uint64(11)) * 2.0**-53 + 2.0**-54

    def normal(self, mean: float | Numbers, sd: float) -> Numbers:
        """Normal, by Box and Muller."""
        radius = np.sqrt(-2.0 * np.log(self.uniform()))
        return mean + sd * radius * np.cos(2.0 * np.pi * self.uniform())

    def poisson(self, mean: float) -> Numbers:
        """Poisson counts."""
        terms = [math.exp(-mean) * mean**count / math.factorial(count) for count in range(40)]
        return np.searchsorted(np.cumsum(terms), self.uniform()).astype(np.int64)

    def events(self, probability: Numbers) -> Numbers:
        """True with these probabilities."""
        return self.uniform() < probability
