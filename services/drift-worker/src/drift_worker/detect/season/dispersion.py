"""How much more blocks of the reference differ from the rest of it than independent rows would."""

from collections.abc import Iterable
from math import log, sqrt
from typing import Final

import numpy as np

from baseline.columns import ColumnBaseline, NumberBaseline
from baseline.counts import Floats
from drift_worker.detect.breaks import missing_z
from drift_worker.detect.chance import BINARY, Difference, rank_difference, shares_difference
from drift_worker.detect.season.column import ColumnOverTime

FAIR_SHARE: Final = 0.2
"""A column with one value in so many stretches is one of which that is no break."""

SQUARE_OF_MANY: Final = 1.4
"""The mean of z² of a number between independent samples, in bins of equal rank, by simulation."""

SQUARE_OF_FEW: Final = 1.1
"""The same of numbers with few values, of which some are frequent."""

SQUARE_OF_CATEGORIES: Final = 0.22
SQUARE_PER_LOG: Final = 1.35
"""The same of K categories is 0.22 + 1.35 ln K; of two it is 1."""


class Dispersion:
    """How many times as far windows are from the reference as independent rows would be: rows that are, 1."""

    def of_shift(self, column: str) -> float:
        """The dispersion of a column's values."""
        return 1.0

    def of_missing(self, column: str) -> float:
        """The dispersion of a column's share of missing values."""
        return 1.0

    def of_relation(self, columns: tuple[str, str]) -> float:
        """The dispersion of the rank correlation of two columns."""
        return 1.0

    def often_constant(self, column: str) -> bool:
        """Whether a column usually has one value only for as long as a window."""
        return False


def root_mean(squares: Iterable[float]) -> float:
    """The root of the mean of z², each over what it is for independent rows; at least 1, also of none."""
    found = list(squares)
    return max(1.0, sqrt(float(np.mean(found)))) if found else 1.0


def shift_dispersion(over_time: ColumnOverTime, length: int) -> float:
    """Say how much the values of blocks of so many rows vary."""
    values = over_time.values
    found = [
        _difference(over_time.column, before[:values], now[:values])
        for before, now in over_time.blocks(length)
        if before[:values].any() and now[:values].any()
    ]
    return root_mean(each.z**2 / _expected(over_time.column, each) for each in found if each is not None)


def missing_dispersion(over_time: ColumnOverTime, length: int) -> float:
    """Say how much the shares of missing values of blocks of so many rows vary."""
    shares = (
        missing_z((before[-1], before.sum()), (now[-1], now.sum()))
        for before, now in over_time.blocks(length)
        if now.any()
    )
    return root_mean(z**2 for z in shares)


def often_constant(over_time: ColumnOverTime, length: int) -> bool:
    """Say whether a fair share of the stretches of half as many rows have one value only.

    Stretches begin anywhere, and windows with an hour or a day: half as long, as many lie within one. Shorter
    ones would not stand for them: days have one value that months have not.
    """
    values = over_time.values
    found = [np.count_nonzero(now[:values]) == 1 for now in over_time.stretches(max(length // 2, 1))]
    return bool(found) and float(np.mean(found)) >= FAIR_SHARE


def _difference(column: ColumnBaseline, before: Floats, now: Floats) -> Difference | None:
    filled = (before + now) > 0
    if filled.sum() < BINARY:
        return None
    if isinstance(column, NumberBaseline):
        return rank_difference(before, now)
    return shares_difference(now[filled], before[filled])


def _expected(column: ColumnBaseline, found: Difference) -> float:
    if isinstance(column, NumberBaseline):
        return SQUARE_OF_MANY if column.binned else SQUARE_OF_FEW
    return SQUARE_OF_CATEGORIES + SQUARE_PER_LOG * log(found.tests) if found.tests > BINARY else 1.0
