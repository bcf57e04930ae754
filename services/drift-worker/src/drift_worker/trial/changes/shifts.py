"""Shifts of one column: to each value the same is added, or larger values are drawn more often."""

from dataclasses import dataclass
from typing import Final, Self

import numpy as np
import pandas as pd
from scipy.optimize import brentq

from baseline.counts import Floats
from drift_worker.detect.breaks import LISTED_VALUES
from drift_worker.record.trial import Way

STEEPEST: Final = 1e6
"""No chances are steeper: all but those of the largest value are then 0."""


@dataclass(frozen=True, slots=True)
class Shifted:
    """The values of a column, and how windows of it are shifted.

    A value added to each of a few distinct ones would make them values that were never seen. So of such
    columns larger values are drawn more often, or smaller ones where these leave more room.
    """

    values: Floats
    missing: float
    """The share of rows without a value, which stays as it is."""
    way: Way

    @classmethod
    def of(cls, column: Floats) -> Self | None:
        """None for a column that has no value, or only one."""
        values = column[np.isfinite(column)]
        distinct = len(np.unique(values))
        if distinct <= 1:
            return None
        return cls(values, 1 - len(values) / len(column), "tilt" if distinct <= LISTED_VALUES else "added")

    @property
    def largest(self) -> float:
        """The largest shift that the column can have, in standard deviations."""
        return float("inf") if self.way == "added" else 0.9 * abs(self._room)

    def draw(self, shift: float, rows: int, rng: np.random.Generator) -> "pd.Series[float]":
        """Draw rows of the column, their mean shifted by so many standard deviations."""
        if self.way == "added":
            drawn = pd.Series(rng.choice(self.values, rows) + shift * self.values.std())
        else:
            chances = tilted(self.values, shift if self._room > 0 else -shift)
            drawn = pd.Series(rng.choice(self.values, rows, p=chances))
        return drawn.mask(rng.random(rows) < self.missing)

    @property
    def _room(self) -> float:
        """How far the mean can move at most to the side that leaves more room, in standard deviations."""
        up, down = self.values.max() - self.values.mean(), self.values.min() - self.values.mean()
        return float((up if up >= -down else down) / self.values.std())


def tilted(values: Floats, shift: float) -> Floats:
    """Give each row a chance that grows exponentially with its value, so that the mean moves by the shift.

    The shift is in standard deviations; a negative one makes small values more frequent. Rows without a
    value keep the chance of the mean. The mean can't move as far as to the largest value.
    """
    standard = np.nan_to_num((values - np.nanmean(values)) / np.nanstd(values))

    def chances(slope: float) -> Floats:
        weights: Floats = np.exp(slope * standard - (slope * standard).max())
        weights /= weights.sum()
        return weights

    def moved(slope: float) -> float:
        return float(chances(slope) @ standard) - shift

    steepest = 5.0 if shift > 0 else -5.0
    while moved(steepest) * shift < 0 and abs(steepest) < STEEPEST:
        steepest *= 2
    return chances(brentq(moved, 0.0, steepest))
