"""Into which bins numbers are put, so that a plot shows where the reference's rows are."""

from itertools import pairwise
from math import floor, log10
from typing import Final

import numpy as np

from baseline.counts import Floats, NumberCounts

BINS: Final = 20
"""About as many bins does a histogram have; a step of 1, 2 or 5 times a power of ten decides how many."""

WIDEST: Final = 3.0
"""The axis has room for the window, as long as it gets at most so many times as wide as the reference."""

FULLEST: Final = 0.6
"""Where one bin would hold a larger part of the values than this, bins of equal rank tell more."""

TAIL: Final = 0.01
"""The part of the values that may lie beyond either end of the axis."""

LONG_TAIL: Final = 1.5
"""Tails are cut off where they make the axis more than so many times as wide."""

FEW_CUTS: Final = 5


def equal_steps(reference: NumberCounts, window: NumberCounts) -> Floats | None:
    """Give the edges of bins of equal width, ascending; None where those would show nothing.

    A bin holds the values from its lower edge on and below its upper one. The bins show most of the
    reference, and of the window where it is near enough; some values may lie beyond them.
    """
    shown = [_middle(each) for each in (reference, window) if each.present]
    if not shown:
        return None
    low, high = shown[0]
    lowest, highest = min(each[0] for each in shown), max(each[1] for each in shown)
    if highest - lowest <= WIDEST * (high - low):
        low, high = lowest, highest
    whole = all(bool(np.all(each.values == np.floor(each.values))) for each in (reference, window))
    edges = _edges(low, high, 1.0 if whole else 0.0)
    if edges is None or _fullest(reference if reference.present else window, edges) > FULLEST:
        return None
    return edges


def equal_ranks(reference: NumberCounts, window: NumberCounts) -> tuple[float, Floats]:
    """Give the reference's smallest value, and ascending cuts up to its largest.

    About equally many of its rows lie between two cuts. Of a reference with few values, the window's are
    taken. One of both has a value.
    """
    counted = max((reference, window), key=lambda each: min(len(each.values), FEW_CUTS))
    cuts = np.unique([_at(counted, tenth / 10) for tenth in range(1, 11)])
    if len(cuts) < FEW_CUTS:  # most rows have one value; the others are worth a look
        cuts = np.unique([*cuts, *(counted.values[len(counted.values) * part // 4] for part in range(1, 4))])
    return float(counted.values[0]), cuts


def rows_between(counted: NumberCounts, edges: Floats) -> list[int]:
    """Count the rows below the first edge, from each edge on to below the next, and from the last edge on."""
    return _counted(counted, np.searchsorted(edges, counted.values, side="right"), len(edges) + 1)


def rows_up_to(counted: NumberCounts, cuts: Floats) -> list[int]:
    """Count the rows up to the first cut, from above each cut to the next one, and above the last cut."""
    return _counted(counted, np.searchsorted(cuts, counted.values, side="left"), len(cuts) + 1)


def number(value: float) -> str:
    """Write a number for people: with four digits, or whole where that is more."""
    whole = value == floor(value) or abs(value) >= 1e3  # noqa: PLR2004 - four digits
    return f"{value:,.0f}" if whole and abs(value) < 1e9 else f"{value:,.4g}"  # noqa: PLR2004 - as people read it


def _counted(
    counted: NumberCounts, places: np.ndarray[tuple[int], np.dtype[np.intp]], length: int
) -> list[int]:
    rows = np.bincount(places, weights=counted.counts, minlength=length)
    return [round(each) for each in rows.tolist()]


def _middle(counted: NumberCounts) -> tuple[float, float]:
    """The range of the values, without their tails where these are long."""
    low, high = _at(counted, TAIL), _at(counted, 1 - TAIL)
    least, most = float(counted.values[0]), float(counted.values[-1])
    return (low, high) if most - least > LONG_TAIL * (high - low) else (least, most)


def _at(counted: NumberCounts, rank: float) -> float:
    """The value at a rank from 0 to 1."""
    ends = np.cumsum(counted.counts)
    return float(counted.values[min(int(np.searchsorted(ends, rank * ends[-1])), len(ends) - 1)])


def _edges(low: float, high: float, least: float) -> Floats | None:
    """Round edges around low and high; None where floats have no room for them."""
    raw = (high - low) / BINS
    if raw <= np.finfo(float).tiny:
        return None
    power = 10.0 ** floor(log10(raw))
    step = max(least, next((power * each for each in (1, 2, 5) if power * each >= raw), power * 10))
    first, last = floor(low / step), floor(high / step)
    edges: Floats = (float(first) + np.arange(last - first + 2, dtype=np.float64)) * step
    ascending = all(one < other for one, other in pairwise(edges))
    return edges if ascending and edges[0] <= low and high < edges[-1] else None


def _fullest(counted: NumberCounts, edges: Floats) -> float:
    """The part of the values that the fullest bin holds."""
    return max(rows_between(counted, edges)[1:-1]) / counted.present
