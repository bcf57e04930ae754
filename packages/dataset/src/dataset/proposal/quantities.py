"""What numbers are: a feature, times, or what only tells rows apart."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from dataset.proposal.epochs import epoch_of
from dataset.proposal.evidence import MOST_SHOWN, Evidence, cell_of, left_out
from dataset.proposal.moments import ENOUGH
from dataset.proposal.names import is_id, is_index, part_of_date
from dataset.table.column import LARGEST_WHOLE, Column
from dataset.table.reading import without_numbers

ADVICE: Final = "leave it out, or say drift: {ignore: true}"

ROUNDED: Final = 1e16
"""Whole numbers from here on are shown with an exponent."""


def evidence_of_numbers(name: str, column: Column, values: NDArray[np.float64]) -> Evidence:
    """Say whether numbers, with NaN where there are none, are a feature."""
    values = without_numbers(values, column.reading.missing)
    numbers = values[np.isfinite(values)]
    if not numbers.size:
        return left_out("has no values")
    whole = bool((numbers % 1 == 0).all())
    if when := epoch_of(numbers, name):
        return left_out(f"holds times: {when.about}")
    why_not = _numbering(name, numbers, len(values)) if whole else None
    if why_not is not None:
        return left_out(why_not)
    low, high = _shown(numbers.min()), _shown(numbers.max())
    why = f"{low} to {high}" if low != high else f"always {low}"
    infinite = tuple(cell_of(column, row) for row in np.flatnonzero(np.isinf(values))[:MOST_SHOWN])
    return Evidence("numerical", why, _warning(name, numbers) if whole else None, infinite)


def _numbering(name: str, numbers: NDArray[np.float64], rows: int) -> str | None:
    """Say why whole numbers only tell rows apart, if they do."""
    if is_index(name):
        return "is named as the row numbers that a table is saved with"
    steps = np.diff(np.sort(numbers))
    if len(numbers) > 1 and len(numbers) >= ENOUGH * rows and bool((steps == 1).all()):
        return "numbers the rows"
    distinct = 1 + int((steps > 0).sum())
    if is_id(name) and distinct >= ENOUGH * len(numbers):
        return f"is an id: {distinct:,} different ones in {len(numbers):,} rows"
    if np.abs(numbers).max() > LARGEST_WHOLE:
        return "holds whole numbers beyond 2^53, as ids are; a float holds them only roughly"
    return None


def _warning(name: str, numbers: NDArray[np.float64]) -> str | None:
    """Warn of numbers that differ from month to month by what they are."""
    if part := part_of_date(name, numbers):
        return f"a {part} always drifts: {ADVICE}"
    if is_id(name):
        return "is called as an id; leave it out if its numbers only say whom a row is about"
    steps = np.diff(numbers)
    if len(steps) > 1 and bool((steps > 0).all()):
        return f"its numbers grow from row to row, as those of a sequence, so it always drifts: {ADVICE}"
    return None


def _shown(number: float) -> str:
    return f"{number:.0f}" if number % 1 == 0 and abs(number) < ROUNDED else f"{number:g}"
