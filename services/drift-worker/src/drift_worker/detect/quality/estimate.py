"""A figure with its standard error, from what each row adds to it."""

import math
from dataclasses import dataclass
from typing import Any, Final, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

TWO_SIDED: Final = 1.959963984540054
"""Standard errors to either side of a figure within which 95 of 100 intervals hold the true one."""

MOST: Final = 1e150
"""A figure, or an error, from which on its square may be infinite."""

LEAST_ROWS: Final = 2
"""Rows below which no error can be estimated."""


class Part(NamedTuple):
    """A part of a figure's variance: that of one row's contribution, and how many rows share it."""

    of_a_row: float
    rows: float
    """As many equally weighted rows as would be as certain (Kish 1965)."""

    @property
    def variance(self) -> float:
        """What it adds to the figure's variance."""
        return self.of_a_row / self.rows


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure, and its standard error, of at least 0; None where nobody knows it."""

    value: float
    standard_error: float | None
    parts: tuple[Part, ...] = ()
    """What its variance is made of, in the same order on both sides of a comparison; not of every figure."""

    @classmethod
    def of(cls, value: float, *parts: Part) -> Self:
        """The figure whose variance these parts are."""
        return cls(value, math.sqrt(sum(part.variance for part in parts)), parts)

    def interval(self, low: float = -np.inf, high: float = np.inf) -> tuple[float | None, float | None]:
        """The interval that holds the true figure in 95 of 100 cases, within what the figure can be."""
        if self.standard_error is None:
            return None, None
        half = TWO_SIDED * self.standard_error
        return max(self.value - half, low), min(self.value + half, high)


def difference_error(one: Estimate, other: Estimate) -> float | None:
    """The standard error of the difference of two figures; None where one of theirs is not known.

    Where they are made of parts, the variance of a row is at least that of both sides together. A side's own
    is too small just where the side was lucky: a reference of few rows, all of them right, would be beyond
    doubt.
    """
    if one.standard_error is None or other.standard_error is None:
        return None
    if not one.parts or len(one.parts) != len(other.parts):
        return math.hypot(one.standard_error, other.standard_error)
    return math.sqrt(sum(_joint(*pair) for pair in zip(one.parts, other.parts, strict=True)))


def _joint(one: Part, other: Part) -> float:
    pooled = (one.of_a_row * one.rows + other.of_a_row * other.rows) / (one.rows + other.rows)
    return max(one.of_a_row, pooled) / one.rows + max(other.of_a_row, pooled) / other.rows


def wilson(share: float, rows: float) -> tuple[float, float]:
    """The interval of a share among so many rows (Wilson 1927), which has a width at 0 and at 1 too."""
    square = TWO_SIDED**2
    middle = (share + square / (2 * rows)) / (1 + square / rows)
    spread = max(share * (1 - share), 0.0) / rows + square / (4 * rows**2)
    half = TWO_SIDED * math.sqrt(spread) / (1 + square / rows)
    return max(middle - half, 0.0), min(middle + half, 1.0)


def mean_of(values: NDArray[Any], weights: Floats) -> Estimate | None:
    """The weighted mean of values, shape (rows,); None of fewer than two rows."""
    return ratio_of(values, np.ones(len(values)), weights)


def ratio_of(above: NDArray[Any], below: NDArray[Any], weights: Floats) -> Estimate | None:
    """The ratio of two weighted sums over rows; None where the lower one is 0, or of fewer than two rows.

    None as well where the lower one is so small that ratio or error is beyond all measure.

    The error is that of the linearized ratio (Cochran, Sampling Techniques, 1977, chapter 6).
    """
    total = float(weights @ below)
    if len(weights) < LEAST_ROWS or total <= 0:
        return None
    value = float(weights @ above) / total
    counted = weights * below
    squares = float(np.square(counted).sum())
    with np.errstate(over="ignore", invalid="ignore"):  # then the error is infinite, or none
        error = error_of((above - value * below) / total, weights)
    if not squares or not (abs(value) < MOST and error < MOST):
        return None
    rows = total**2 / squares
    return Estimate(value, error, (Part(error**2 * rows, rows),))


def error_of(influence: NDArray[Any], weights: Floats) -> float:
    """The standard error of a figure, from by how much each row moves it per unit of its weight."""
    rows = len(influence)
    return float(np.sqrt(np.square(weights * influence).sum() * rows / (rows - 1)))
