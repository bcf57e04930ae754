"""Shifts of one column: to each value the same is added, or larger values are drawn more often."""

import numpy as np
from baseline.counts import Floats
from scipy.optimize import brentq


def tilted(values: Floats, shift: float) -> Floats:
    """Give each row a chance that grows exponentially with its value, so that the mean moves by the shift.

    The shift is in standard deviations; a negative one makes small values more frequent. Rows without a
    value keep the chance of the mean. Raises ValueError where no chances move the mean as far.
    """
    standard = np.nan_to_num((values - np.nanmean(values)) / np.nanstd(values))

    def chances(slope: float) -> Floats:
        weights: Floats = np.exp(slope * standard - (slope * standard).max())
        weights /= weights.sum()
        return weights

    def moved(slope: float) -> float:
        return float(chances(slope) @ standard) - shift

    far = 5.0 if shift > 0 else -5.0
    return chances(brentq(moved, 0.0, far))
