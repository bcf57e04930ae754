"""How much more blocks of the reference differ from the rest of it than independent rows would."""

from collections.abc import Iterable
from math import log, sqrt
from typing import Final

import numpy as np
from baseline.columns import ColumnBaseline, NumberBaseline
from baseline.counts import Floats

from drift_worker.detect.chance import BINARY, Difference, rank_difference, shares_difference
from drift_worker.detect.season.stretches import Stretches

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


def root_mean(squares: Iterable[float]) -> float:
    """The root of the mean of z², each over what it is for independent rows; at least 1, also of none."""
    found = list(squares)
    return max(1.0, sqrt(float(np.mean(found)))) if found else 1.0


def shift_dispersion(stretches: Stretches, length: int) -> float:
    """Say how much the values of blocks of so many rows vary."""
    column, values = stretches.column, stretches.values
    found = [
        _difference(column, before[:values], now[:values])
        for before, now in stretches.blocks(length)
        if before[:values].any() and now[:values].any()
    ]
    return root_mean(each.z**2 / _expected(column, each) for each in found if each is not None)


def missing_dispersion(stretches: Stretches, length: int) -> float:
    """Say how much the shares of missing values of blocks of so many rows vary."""
    return root_mean(_missing_square(before, now) for before, now in stretches.blocks(length) if now.any())


def _missing_square(before: Floats, now: Floats) -> float:
    rows = before.sum(), now.sum()
    share = (before[-1] + now[-1]) / sum(rows)
    variance = share * (1 - share) * (1 / rows[0] + 1 / rows[1]) if all(rows) else 0.0
    change = before[-1] / rows[0] - now[-1] / rows[1] if variance else 0.0
    return float(change**2 / variance) if variance else 0.0


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
