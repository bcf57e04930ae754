"""How large a change is: Evidently's score of a column, and the same in standard deviations."""

from math import sqrt
from typing import Final

import numpy as np
from baseline.columns import CategoryBaseline, NumberBaseline
from baseline.counts import LARGEST, CategoryCounts, Counts, Floats, NumberCounts
from contract.schema import Method

METHOD_NAMES: Final[dict[Method, str]] = {
    "jensenshannon": "Jensen-Shannon distance",
    "wasserstein": "Wasserstein distance (normed)",
}
"""What Evidently calls the methods in its results."""

LEAST_NORM: Final = 0.001
"""Evidently divides a Wasserstein distance by the reference's standard deviation, or by this if more."""

MOST_VALUES: Final = 20
"""Evidently takes the Jensen-Shannon distance of more distinct numbers than this from a histogram."""

SHIFT_OF_DISTANCE: Final = sqrt(8)
"""A shift of δ standard deviations has a Jensen-Shannon distance of about δ/√8."""


def evidently_score(method: Method, reference: Counts, window: Counts) -> float | None:
    """Compute the score of a column as Evidently does; None where a side has no value.

    Numbers beyond 1e150 count as 1e150. Raises TypeError where one side is numerical and the other is not.
    """
    if not reference.present or not window.present:
        return None
    if isinstance(reference, NumberCounts) and isinstance(window, NumberCounts):
        if method == "wasserstein":
            return min(_distance(reference, window) / max(_deviation(reference), LEAST_NORM), LARGEST)
        if len(reference.values) > MOST_VALUES:
            return _jensen_shannon(*_histograms(reference, window))
        values = np.union1d(reference.values, window.values)
        return _jensen_shannon(_rows_of(reference, values), _rows_of(window, values))
    if isinstance(reference, CategoryCounts) and isinstance(window, CategoryCounts):
        names = sorted({*reference.counts, *window.counts})
        before, now = (np.array([side.counts.get(name, 0) for name in names]) for side in (reference, window))
        return _jensen_shannon(before.astype(float), now.astype(float))
    raise TypeError("a numerical column cannot be compared with a categorical one")


def size_of(score: float, reference: NumberBaseline | CategoryBaseline) -> float | None:
    """Give a score in standard deviations of the reference; None where these are 0."""
    unit = score_of_one(reference)
    return min(score / unit, LARGEST) if unit else None


def score_of_one(reference: NumberBaseline | CategoryBaseline) -> float:
    """Give the score that is one standard deviation of the reference; 0 where that itself is 0."""
    if isinstance(reference, NumberBaseline) and reference.method == "wasserstein":
        return reference.sd / max(reference.sd, LEAST_NORM)
    return 1 / SHIFT_OF_DISTANCE


def _deviation(counted: NumberCounts) -> float:
    shares = counted.counts / counted.present
    return float(np.sqrt(shares @ (counted.values - shares @ counted.values) ** 2))


def _distance(reference: NumberCounts, window: NumberCounts) -> float:
    values = np.concatenate([reference.values, window.values])
    order = np.argsort(values, kind="stable")  # of two ascending parts: merged, not sorted
    first = order < len(reference.values)
    rows = np.concatenate([reference.counts, window.counts])[order]
    before = np.cumsum(np.where(first, rows, 0)) / reference.present
    now = np.cumsum(np.where(first, 0, rows)) / window.present
    return float(np.abs(before - now)[:-1] @ np.diff(values[order]))


def _rows_of(counted: NumberCounts, values: Floats) -> Floats:
    rows = np.zeros(len(values))
    rows[np.searchsorted(values, counted.values)] = counted.counts
    return rows


def _histograms(reference: NumberCounts, window: NumberCounts) -> tuple[Floats, Floats]:
    before, now = (np.repeat(side.values, side.counts.astype(np.int64)) for side in (reference, window))
    edges = np.histogram_bin_edges(np.concatenate([before, now]), bins="sturges")
    return np.histogram(before, edges)[0].astype(float), np.histogram(now, edges)[0].astype(float)


def _jensen_shannon(before: Floats, now: Floats) -> float:
    """The Jensen-Shannon distance with the natural logarithm, from the rows of each value on either side."""
    p, q = before / before.sum(), now / now.sum()
    middle = (p + q) / 2
    divergence = sum(
        float((side[side > 0] * np.log(side[side > 0] / middle[side > 0])).sum()) for side in (p, q)
    )
    return sqrt(max(divergence, 0.0) / 2)
