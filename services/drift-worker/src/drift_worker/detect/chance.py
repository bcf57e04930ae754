"""How often chance alone makes a column differ from the reference as much as it does."""

from math import erfc, sqrt
from typing import Final

import numpy as np
from baseline.alignment import align_categories, align_numbers
from baseline.columns import FEW_VALUES, CategoryBaseline, NumberBaseline
from baseline.counts import CategoryCounts, Counts, Floats, Integers, NumberCounts

BINARY: Final = 2
"""Of so many values one says all: what it gains the other loses."""

MOST_CATEGORIES: Final = 200
"""The categories beyond so many most frequent ones are compared as one."""

FEWEST_ROWS: Final = 5
"""Categories of which fewer rows than this are expected are compared as one."""


def p_value_of(reference: NumberBaseline | CategoryBaseline, window: Counts) -> float | None:
    """Give the p-value of a column by its kind; None where there is no test."""
    if isinstance(reference, NumberBaseline) and isinstance(window, NumberCounts):
        return number_p_value(reference, window)
    if isinstance(reference, CategoryBaseline) and not isinstance(window, NumberCounts):
        return category_p_value(reference, window)
    raise TypeError("a numerical column cannot be compared with a categorical one")


def number_p_value(reference: NumberBaseline, window: NumberCounts) -> float | None:
    """Give the approximate p-value of a numerical column; None without two values to compare.

    It comes from the distance between the two distributions over the ranks of the reference, so that a few
    huge values do not decide. Columns of few values are compared as categories too, for a value that
    another one replaces; the smaller p-value counts, twice.
    """
    if not window.present or reference.sd == 0.0:
        return None
    ranked = _rank_p_value(reference, window)
    if reference.distinct > FEW_VALUES:
        return ranked
    values, before, now = align_numbers(reference.counted, window)
    if len(values) <= BINARY:
        return ranked
    return min(1.0, 2 * min(ranked, _shares_p_value(now, before)))


def category_p_value(reference: CategoryBaseline, window: CategoryCounts) -> float | None:
    """Give the approximate p-value of a categorical or boolean column; None where a side has no value.

    The category that differs most says it, times the number of categories.
    """
    if not window.present or not reference.present:
        return None
    _, before, now = align_categories(reference.counts, window.counts)
    return _shares_p_value(now, before)


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


def _rank_p_value(reference: NumberBaseline, window: NumberCounts) -> float:
    sizes = window.present, reference.present
    ranks, expected, observed = _cells(reference, window)
    # The deviation is that of all rows: the reference's own understates it where it has few rare values.
    pooled = (sizes[0] * observed + sizes[1] * expected) / sum(sizes)
    pooled[1:] -= pooled[:-1]
    deviation = sqrt(float(pooled @ (ranks - float(pooled @ ranks)) ** 2))
    distance = float(np.abs(observed - expected)[:-1] @ np.diff(ranks)) / deviation
    # A mid-rank is at most about 1/2 from the mean of them all.
    return two_sided(distance, sizes, 2 * deviation)


def _with_rest(rows: Floats, kept: Integers) -> Floats:
    return np.append(rows[kept], rows.sum() - rows[kept].sum())


def _shares_p_value(window: Integers, reference: Integers) -> float:
    now, before = grouped_rows(window.astype(float), reference.astype(float))
    sizes = int(now.sum()), int(before.sum())
    if len(now) == 1:
        return 1.0
    shares = (now + before) / sum(sizes)
    deviations = np.sqrt(shares * (1 - shares))
    changes = np.abs(now / sizes[0] - before / sizes[1])
    tests = 1 if len(now) == BINARY else len(now)
    p_values = [
        two_sided(distance, sizes, deviation)
        for distance, deviation in zip((changes / deviations).tolist(), deviations.tolist(), strict=True)
    ]
    return min(1.0, tests * min(p_values))


def two_sided(distance: float, sizes: tuple[int, int], deviation: float) -> float:
    """Give the p-value of a distance, in standard deviations, between two samples of these sizes.

    `deviation` is the standard deviation of one row on a scale on which no row is more than 1 from the
    mean. The second term is Bernstein's, for the smaller sample: without it rare values look certain.
    """
    linear = sqrt(1 / sizes[0] + 1 / sizes[1])
    return erfc(solve_z(distance, linear, 1 / (6 * min(sizes) * deviation)) / sqrt(2))


def solve_z(distance: float, linear: float, square: float) -> float:
    """Solve linear·z + square·z² = distance for z ≥ 0; `square` is above 0, the others are not below it."""
    root = linear + sqrt(linear * linear + 4 * square * distance)
    return 2 * distance / root if root else 0.0


def _cells(reference: NumberBaseline, window: NumberCounts) -> tuple[Floats, Floats, Floats]:
    """Give the rank of each cell of the reference, and both sides' share of rows up to its end.

    A cell is a distinct value of the reference or the gap before, between and after them; of a binned
    column it is a bin.
    """
    values, counts = reference.counted.values, reference.counted.counts.astype(float)
    places = np.searchsorted(values, window.values)
    if reference.binned:
        places = np.minimum(places, len(values) - 1)
    else:
        equal = values[np.minimum(places, len(values) - 1)] == window.values
        places = 2 * places + equal
        spaced = np.zeros(2 * len(counts) + 1)
        spaced[1::2] = counts
        counts = spaced
    ends = np.cumsum(counts) / counts.sum()
    observed = np.cumsum(np.bincount(places, window.counts, len(counts))) / window.present
    return ends - counts / counts.sum() / 2, ends, observed
