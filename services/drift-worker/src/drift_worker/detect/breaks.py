"""Breaks of a column: what no drift of the world explains, so that its cause is looked for in the data."""

from dataclasses import dataclass
from math import sqrt
from typing import Final, Literal

import numpy as np
from scipy.special import gammaln
from scipy.stats import hypergeom, norm

from baseline.alignment import align_categories, align_numbers
from baseline.columns import CategoryBaseline, ColumnBaseline, NumberBaseline, Rows, spread
from baseline.counts import CategoryCounts, Counts, Floats, Integers, NumberCounts
from baseline.rounding import rounding
from drift_worker.detect.levels import BREAK_SHARE

BreakKind = Literal["missing", "out of range", "never seen", "constant"]

LISTED_VALUES: Final = 50
"""Numbers with at most this many distinct values in the reference are a set of values like categories."""


RANGE_MARGIN: Final = 0.5
"""Values are out of range from this part of the range's width beyond it: what has drifted is not so far."""


@dataclass(frozen=True, slots=True)
class Break:
    """One thing that is broken: a share of the rows in the reference and now, and how probable by chance.

    The share is that of missing values among all rows, else of rows among those with a value; of a
    constant column it is that of the value.
    """

    kind: BreakKind
    before: float
    now: float
    p_value: float
    example: str | None = None
    """A value that shows it."""


def find_breaks(
    reference: ColumnBaseline,
    window: Counts,
    level: float,
    whole: ColumnBaseline | None = None,
    dispersion: float = 1.0,
) -> list[Break]:
    """Find what is broken in a column at this level; a share has to change by at least five points.

    In a season, `reference` is that of the window's mix, and `whole` all of it: what was seen at any hour is
    not new at another. `dispersion` is that of the share of missing values.
    """
    whole = whole or reference
    found = [
        _missing(reference, window, dispersion),
        _never_seen(whole, window),
        _constant(reference, window),
    ]
    if isinstance(whole, NumberBaseline) and isinstance(window, NumberCounts):
        found.append(_out_of_range(whole, window))
    return [each for each in found if each is not None and each.p_value <= level]


def _missing(reference: ColumnBaseline, window: Counts, dispersion: float) -> Break | None:
    n, reference_rows = window.present + window.missing, reference.present + reference.missing
    if not n or not reference_rows:
        return None
    before, now = reference.missing / reference_rows, window.missing / n
    if abs(now - before) < BREAK_SHARE:
        return None
    rows = round(reference_rows), round(window.missing), round(n)
    exact = missing_p_value(round(reference.missing), *rows)
    if dispersion == 1.0:
        return Break("missing", before, now, exact)
    # What is exact for independent rows is no more so: then it is the normal approximation, made wider.
    z = missing_z((reference.missing, reference_rows), (window.missing, n))
    return Break("missing", before, now, max(exact, float(2 * norm.sf(z / dispersion))))


def missing_z(before: tuple[float, float], now: tuple[float, float]) -> float:
    """Give z of two shares, each of so many rows out of so many; 0 where no row or every row is marked."""
    rows = before[1], now[1]
    share = (before[0] + now[0]) / sum(rows) if all(rows) else 0.0
    variance = share * (1 - share) * (1 / rows[0] + 1 / rows[1]) if all(rows) else 0.0
    return abs(before[0] / rows[0] - now[0] / rows[1]) / sqrt(variance) if variance > 0 else 0.0


def missing_p_value(marked: int, rows: int, marked_now: int, n: int) -> float:
    """Give how probable so many or so few marked rows are among n of all, when all rows are alike."""
    drawn = rows + n, marked + marked_now, n
    tail = min(hypergeom.cdf(marked_now, *drawn), hypergeom.sf(marked_now - 1, *drawn))
    return min(1.0, 2 * float(tail))


def _out_of_range(reference: NumberBaseline, window: NumberCounts) -> Break | None:
    if reference.minimum is None or reference.maximum is None or not window.present:
        return None
    margin = max(RANGE_MARGIN * (reference.maximum - reference.minimum), _rounding(reference))
    first = np.searchsorted(window.values, reference.minimum - margin, "left")
    last = np.searchsorted(window.values, reference.maximum + margin, "right")
    rows = int(window.counts[:first].sum() + window.counts[last:].sum())
    share = rows / window.present
    if share < BREAK_SHARE:
        return None
    p_value = outside_p_value(rows, window.present, reference.present)
    return Break("out of range", 0.0, share, p_value, f"{_farthest(reference, window):g}")


def _rounding(reference: NumberBaseline) -> float:
    """How far numbers as large as the reference's are apart that differ by rounding only."""
    return rounding(max(abs(reference.minimum or 0.0), abs(reference.maximum or 0.0)))


def _differ_by_rounding(reference: NumberBaseline) -> bool:
    """Whether the reference's numbers differ by rounding only.

    Its `sd` alone doesn't say so: in a season it is that of a sample.
    """
    return reference.sd == spread(reference.counted) == 0.0 < _rounding(reference)


def outside_p_value(outside: int, n: Rows, reference: Rows) -> float:
    """Give how probable it is that so many of n rows are beyond every one of the reference's, on either side.

    Of n + reference rows that are alike, the lowest few and the highest few are then all among
    the n; there are outside + 1 ways to share them out between low and high.
    """
    return min(1.0, (outside + 1) * float(np.exp(_log_all_drawn(outside, n, reference))))


def _never_seen(reference: ColumnBaseline, window: Counts) -> Break | None:
    if not window.present or not reference.present:
        return None
    if isinstance(reference, NumberBaseline) and reference.distinct > LISTED_VALUES:
        return None
    match reference, window:
        case CategoryBaseline(), CategoryCounts() if window.counts.keys() <= reference.counts.keys():
            return None
    values, before, now = _side_by_side(reference, window)
    new = np.where(before == 0, now, 0)
    # Good and Turing: the share of values never seen is about the share of those seen once.
    expected = (reference.seen_once + 1) / (reference.present + 1)
    share = int(new.sum()) / window.present
    if share < expected + BREAK_SHARE:
        return None
    most = values[int(new.argmax())]
    name = most if isinstance(most, str) else f"{most:g}"
    return Break("never seen", 0.0, share, unseen_p_value(before, now), name)


def _side_by_side(reference: ColumnBaseline, window: Counts) -> tuple[list[str] | Floats, Integers, Integers]:
    """Give the values that either side has, and the rows that each side has of them."""
    if isinstance(reference, NumberBaseline) and isinstance(window, NumberCounts):
        return align_numbers(reference.counted, window)
    if isinstance(reference, NumberBaseline) or isinstance(window, NumberCounts):
        raise TypeError("a numerical column cannot be compared with a categorical one")
    return align_categories(reference.counts, window.counts)


def unseen_p_value(before: Integers, now: Integers) -> float:
    """Bound how probable it is that so many rows of a window have values that its reference never had.

    Both sides have the rows of each value. Where all rows are alike, it is known how often those of one value
    are all in the window; that one is makes another no likelier, so that Chernoff's bound of the sum holds.
    """
    n, reference = int(now.sum()), int(before.sum())
    rows, values = np.unique((before + now)[before + now <= n], return_counts=True)
    logs = np.minimum(_log_all_drawn(rows, n, reference), 0.0)
    rates = np.geomspace(1e-3, 50.0, 200)[:, np.newaxis]
    with np.errstate(divide="ignore"):
        bounds = np.logaddexp(np.log1p(-np.exp(logs)), logs + rates * rows) @ values
    return min(1.0, float(np.exp((bounds - rates[:, 0] * now[before == 0].sum()).min())))


def _constant(reference: ColumnBaseline, window: Counts) -> Break | None:
    n, total = window.present, reference.present
    if n <= 1 or not total or reference.mode_rows == total or _distinct(window) != 1:
        return None
    if isinstance(reference, NumberBaseline) and _differ_by_rounding(reference):
        return None
    others = total - reference.mode_rows
    p_value = float(np.exp(_log_all_drawn(others, total, n)))
    return Break("constant", reference.mode_rows / total, 1.0, p_value, _only_value(window))


def _log_all_drawn(marked: Rows | Integers, n: Rows, rest: Rows) -> Floats:
    """The logarithm of the probability that all the marked rows are among n of n + rest."""
    logs = gammaln(n + 1) - gammaln(n - marked + 1) + gammaln(n + rest - marked + 1) - gammaln(n + rest + 1)
    return np.asarray(logs)


def _distinct(window: Counts) -> int:
    return len(window.values) if isinstance(window, NumberCounts) else len(window.counts)


def _only_value(window: Counts) -> str:
    return f"{window.values[0]:g}" if isinstance(window, NumberCounts) else next(iter(window.counts))


def _farthest(reference: NumberBaseline, window: NumberCounts) -> float:
    low, high = float(window.values[0]), float(window.values[-1])
    below, above = (reference.minimum or 0.0) - low, high - (reference.maximum or 0.0)
    return low if below > above else high
