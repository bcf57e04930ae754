"""How often chance alone makes a column differ from the reference as much as it does."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import erfc, sqrt
from typing import Final, TypeAlias

import numpy as np

from baseline.alignment import align_categories, align_numbers
from baseline.columns import FEW_VALUES, CategoryBaseline, ColumnBaseline, NumberBaseline
from baseline.counts import CategoryCounts, Counts, Floats, Integers, NumberCounts

Cells: TypeAlias = Floats | Mapping[str, float]
"""The rows in each cell of a number's range, or the rows of each category."""

BINARY: Final = 2
"""Of so many values one says all: what it gains the other loses."""

MOST_CATEGORIES: Final = 200
"""The categories beyond so many most frequent ones are compared as one."""

FEWEST_ROWS: Final = 5
"""Categories of which fewer rows than this are expected are compared as one."""


@dataclass(frozen=True, slots=True)
class Difference:
    """How far two samples differ, by distance and z, both in standard deviations; the largest of `tests`."""

    distance: float
    z: float
    tests: int = 1
    by_ranks: bool = False
    """Whether it is that of the ranks of numbers."""

    def p_value(self, dispersion: float = 1.0) -> float:
        """How often chance alone brings as much, where samples vary `dispersion` times as much as usual."""
        return min(1.0, self.tests * erfc(self.z / dispersion / sqrt(2)))


def p_value_of(reference: ColumnBaseline, window: Counts, dispersion: float = 1.0) -> float | None:
    """Give the approximate p-value of a column; None where there is no test."""
    found = differences_of(reference, window)
    return smallest(found, dispersion) if found else None


def differences_of(reference: ColumnBaseline, window: Counts) -> list[Difference]:
    """Give how a column differs by each test of its kind; none where a side has no two values to compare.

    Of numbers it is the distance between the two distributions over the ranks of the reference, so that a few
    huge values do not decide. Numbers of few values are compared as categories too, for a value that another
    one replaces. Of categories it is the one that differs most. Raises TypeError for sides of two kinds.
    """
    if isinstance(reference, NumberBaseline) != isinstance(window, NumberCounts):
        raise TypeError("a numerical column cannot be compared with a categorical one")
    if not window.present or not reference.present:
        return []
    if isinstance(reference, NumberBaseline) and isinstance(window, NumberCounts):
        return _number_differences(reference, window)
    if isinstance(reference, CategoryBaseline) and isinstance(window, CategoryCounts):
        _, before, now = align_categories(reference.counts, window.counts)
        return [shares_difference(now.astype(float), before.astype(float))]
    return []


def _number_differences(reference: NumberBaseline, window: NumberCounts) -> list[Difference]:
    if reference.sd == 0.0:
        return []
    found = [rank_difference(cell_rows(reference), rows_by_cell(reference, window))]
    if reference.distinct <= FEW_VALUES:
        values, before, now = align_numbers(reference.counted, window)
        if len(values) > BINARY:
            found.append(shares_difference(now.astype(float), before.astype(float)))
    return found


def smallest(tests: Sequence[Difference], dispersion: float = 1.0) -> float:
    """Give the smallest p-value of several tests of one column, times their number."""
    return min(1.0, len(tests) * min(each.p_value(dispersion) for each in tests))


def grouped_rows(now: Floats, before: Floats) -> tuple[Floats, Floats]:
    """Put rare categories together as one, the last; both sides have the rows of each category.

    A category is rare where chance would give it fewer than five rows of the smaller side, or where 200
    others are more frequent.
    """
    both = now + before
    expected = both / both.sum() * min(now.sum(), before.sum())
    order = np.argsort(-both, kind="stable")
    kept = order[expected[order] >= FEWEST_ROWS][:MOST_CATEGORIES]
    if len(kept) == len(order):
        return now, before
    return _with_rest(now, kept), _with_rest(before, kept)


def rank_difference(before: Floats, now: Floats) -> Difference:
    """Compare the rows that the reference and a window have in each cell of the reference's range.

    The distance is the area between the two distributions over the ranks of the reference; it is 0 where all
    rows of both sides are in one cell, as at hours that have one value.
    """
    if np.count_nonzero((before > 0) | (now > 0)) < BINARY:
        return Difference(0.0, 0.0, by_ranks=True)
    sizes = now.sum(), before.sum()
    expected, observed = np.cumsum(before) / sizes[1], np.cumsum(now) / sizes[0]
    ranks = expected - before / sizes[1] / 2
    # The deviation is that of all rows: the reference's own understates it where it has few rare values.
    pooled = (sizes[0] * observed + sizes[1] * expected) / sum(sizes)
    pooled[1:] -= pooled[:-1]
    deviation = sqrt(float(pooled @ (ranks - float(pooled @ ranks)) ** 2))
    distance = float(np.abs(observed - expected)[:-1] @ np.diff(ranks)) / deviation
    # A mid-rank is at most about 1/2 from the mean of them all.
    return Difference(distance, two_sided_z(distance, sizes, 2 * deviation), by_ranks=True)


def _with_rest(rows: Floats, kept: Integers) -> Floats:
    return np.append(rows[kept], rows.sum() - rows[kept].sum())


def shares_difference(now: Floats, before: Floats) -> Difference:
    """Compare the rows that a window and the reference have of each category: the one that differs most."""
    now, before = grouped_rows(now, before)
    sizes = now.sum(), before.sum()
    shares = (now + before) / sum(sizes)
    deviations = np.sqrt(np.maximum(shares * (1 - shares), 0.0))
    varied = deviations > 0  # a category that no row or every row has does not differ
    if varied.sum() < BINARY:
        return Difference(0.0, 0.0)
    now, before, deviations = now[varied], before[varied], deviations[varied]
    distances = np.abs(now / sizes[0] - before / sizes[1]) / deviations
    found = [
        (two_sided_z(distance, sizes, deviation), distance)
        for distance, deviation in zip(distances.tolist(), deviations.tolist(), strict=True)
    ]
    z, distance = max(found)
    return Difference(distance, z, 1 if len(now) == BINARY else len(now))


def two_sided_z(distance: float, sizes: tuple[float, float], deviation: float) -> float:
    """Give z of a distance, in standard deviations, between two samples of these sizes.

    `deviation` is the standard deviation of one row on a scale on which no row is more than 1 from the
    mean. The second term is Bernstein's, for the smaller sample: without it rare values look certain.
    """
    linear = sqrt(1 / sizes[0] + 1 / sizes[1])
    return solve_z(distance, linear, 1 / (6 * min(sizes) * deviation))


def solve_z(distance: float, linear: float, square: float) -> float:
    """Solve linear·z + square·z² = distance for z ≥ 0; `square` is above 0, the others are not below it."""
    root = linear + sqrt(linear * linear + 4 * square * distance)
    return 2 * distance / root if root else 0.0


def cell_rows(reference: NumberBaseline) -> Floats:
    """Give the rows of the reference in each cell of its range.

    A cell is a distinct value of the reference or the gap before, between and after them; of a binned
    column it is a bin.
    """
    counts = reference.counted.counts.astype(float)
    return counts if reference.binned else spaced(counts)


def spaced(rows: Floats) -> Floats:
    """Put gaps without rows before, between and after the rows of distinct values."""
    cells = np.zeros(2 * len(rows) + 1)
    cells[1::2] = rows
    return cells


def rows_by_cell(reference: NumberBaseline, window: NumberCounts) -> Floats:
    """Give the rows of a window in each cell of the reference's range."""
    values = reference.counted.values
    if not len(values):  # all of the range is one gap
        return np.array([float(window.present)])
    places = np.searchsorted(values, window.values)
    if reference.binned:
        return _rows(np.minimum(places, len(values) - 1), window, len(values))
    equal = values[np.minimum(places, len(values) - 1)] == window.values
    return _rows(2 * places + equal, window, 2 * len(values) + 1)


def _rows(places: Integers, window: NumberCounts, cells: int) -> Floats:
    return np.bincount(places, window.counts, cells).astype(float)
