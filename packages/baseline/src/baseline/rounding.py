"""Numbers that differ from the reference's by rounding only: 0.1 + 0.2 is 0.3."""

from collections.abc import Mapping
from typing import Final

import numpy as np

from baseline.columns import NOISE, ColumnBaseline, NumberBaseline
from baseline.counts import Floats, Frame

LEAST_OF_WHOLE: Final = 1.0
"""Whole numbers are apart by at least this much, which no rounding is."""


def as_in_reference(frame: Frame, columns: Mapping[str, ColumnBaseline]) -> Frame:
    """Give the frame with the reference's values for numbers that differ from them by rounding only.

    Its numerical columns are floats, with NaN for what is missing.
    """
    changed = {}
    for name, column in columns.items():
        if isinstance(column, NumberBaseline) and not column.binned and column.values:
            numbers = frame[name].to_numpy()
            known = nearest_known(numbers, column.counted.values)
            if not np.array_equal(numbers, known, equal_nan=True):
                changed[name] = known
    return frame.assign(**changed) if changed else frame


def nearest_known(numbers: Floats, known: Floats) -> Floats:
    """Give the known number for each that differs from it by rounding only, and all others as they are.

    The known ones are ascending, and there is at least one.
    """
    after = np.minimum(np.searchsorted(known, numbers), len(known) - 1)
    before = np.maximum(after - 1, 0)
    with np.errstate(over="ignore"):
        nearer = np.abs(numbers - known[before]) < np.abs(numbers - known[after])
        places = np.where(nearer, before, after)
        apart = np.abs(numbers - known[places])
    sizes = np.abs(known)
    # A 0 is what is left of other numbers, of which the least one says how far off it may be.
    sizes[sizes == 0] = sizes[sizes > 0].min(initial=np.inf)
    reach = np.array([rounding(size) for size in sizes.tolist()])
    return np.where((apart > 0) & (apart <= reach[places]), known[places], numbers)


def rounding(size: float) -> float:
    """Give how far numbers of a magnitude are apart by rounding; 0 where whole numbers are as near."""
    return NOISE * size if NOISE * size < LEAST_OF_WHOLE else 0.0
