"""A figure with its standard error, from what each row adds to it."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

TWO_SIDED: Final = 1.959963984540054
"""Standard errors to either side of a figure within which 95 of 100 intervals hold the true one."""

LEAST_ROWS: Final = 2
"""Rows below which no error can be estimated."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure, and its standard error, of at least 0."""

    value: float
    standard_error: float

    def interval(self, low: float = -np.inf, high: float = np.inf) -> tuple[float, float]:
        """The interval that holds the true figure in 95 of 100 cases, within what the figure can be."""
        half = TWO_SIDED * self.standard_error
        return max(self.value - half, low), min(self.value + half, high)


def mean_of(values: NDArray[Any], weights: Floats) -> Estimate | None:
    """The weighted mean of values, shape (rows,); None of fewer than two rows."""
    return ratio_of(values, np.ones(len(values)), weights)


def ratio_of(above: NDArray[Any], below: NDArray[Any], weights: Floats) -> Estimate | None:
    """The ratio of two weighted sums over rows; None where the lower one is 0, or of fewer than two rows.

    The error is that of the linearized ratio (Cochran, Sampling Techniques, 1977, chapter 6).
    """
    total = float(weights @ below)
    if len(weights) < LEAST_ROWS or total <= 0:
        return None
    value = float(weights @ above) / total
    return Estimate(value, error_of((above - value * below) / total, weights))


def error_of(influence: NDArray[Any], weights: Floats) -> float:
    """The standard error of a figure, from by how much each row moves it per unit of its weight."""
    rows = len(influence)
    return float(np.sqrt(np.square(weights * influence).sum() * rows / (rows - 1)))
