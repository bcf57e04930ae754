"""How large a change is: Evidently's score of a column, and the same in standard deviations."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import sqrt
from typing import Final, Self

import numpy as np

from baseline.alignment import align_categories, align_numbers
from baseline.columns import CategoryBaseline, NumberBaseline
from baseline.counts import LARGEST, CategoryCounts, Counts, Integers, NumberCounts
from baseline.document import Baseline
from contract.schema import Method, Schema
from drift_worker.detect.chance import Difference
from drift_worker.detect.levels import DRIFT_SIZE, STRONG_SIZE, Levels
from drift_worker.detect.season.dispersion import Dispersion

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
            return min(_distance(reference, window) / max(reference.deviation, LEAST_NORM), LARGEST)
        if len(reference.values) > MOST_VALUES:
            return _jensen_shannon(*_histograms(reference, window))
        _, before, now = align_numbers(reference, window)
        return _jensen_shannon(before, now)
    if isinstance(reference, CategoryCounts) and isinstance(window, CategoryCounts):
        _, before, now = align_categories(reference.counts, window.counts)
        return _jensen_shannon(before, now)
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


def farthest(size: float | None, differences: Sequence[Difference]) -> float:
    """Say how far a column moved by its size or by the ranks of numbers, whichever is more.

    Where a few huge values make the deviation, all others can move without a size; their ranks show it.
    """
    return max([size or 0.0, *(each.distance for each in differences if each.by_ranks)])


def size_of_categories(reference: CategoryBaseline, window: CategoryCounts) -> float | None:
    """Give the size of a change of categories by the rows of the baseline; None where a side has none."""
    if not reference.present or not window.present:
        return None
    _, before, now = align_categories(reference.counts, window.counts)
    return size_of(_jensen_shannon(before, now), reference)


def _distance(reference: NumberCounts, window: NumberCounts) -> float:
    """The area between the shares of rows up to each value, over the values of both sides in one order."""
    size = len(reference.values) + len(window.values)
    places = np.searchsorted(reference.values, window.values, "right") + np.arange(len(window.values))
    new = np.zeros(size, dtype=bool)
    new[places] = True
    values = np.empty(size)
    values[new], values[~new] = window.values, reference.values
    passed = np.cumsum(new)
    before, now = reference.shares[np.arange(1, size + 1) - passed], window.shares[passed]
    return float(np.abs(before - now)[:-1] @ (values[1:] - values[:-1]))


def _histograms(reference: NumberCounts, window: NumberCounts) -> tuple[Integers, Integers]:
    before, now = (np.repeat(side.values, side.counts.astype(np.int64)) for side in (reference, window))
    edges = np.histogram_bin_edges(np.concatenate([before, now]), bins="sturges")
    return np.histogram(before, edges)[0], np.histogram(now, edges)[0]


def _jensen_shannon(before: Integers, now: Integers) -> float:
    """The Jensen-Shannon distance with the natural logarithm, from the rows of each value on either side."""
    p, q = before / before.sum(), now / now.sum()
    middle = (p + q) / 2
    divergence = sum(
        float((side[side > 0] * np.log(side[side > 0] / middle[side > 0])).sum()) for side in (p, q)
    )
    return sqrt(max(divergence, 0.0) / 2)


@dataclass(frozen=True, slots=True)
class Limits:
    """By what a column's change is judged: the levels of chance, and sizes of single columns.

    A size is in standard deviations of the reference, above 0; other columns have drifted from 0.10 on.
    """

    levels: Levels
    sizes: Mapping[str, float] = field(default_factory=dict)
    dispersion: Dispersion = field(default_factory=Dispersion)

    @classmethod
    def of(cls, baseline: Baseline, schema: Schema, alert_budget: float, dispersion: Dispersion) -> Self:
        """The limits for the baseline's columns, with the sizes that the schema gives."""
        sizes = {each.name: each.drift.size for each in schema.features if each.drift and each.drift.size}
        return cls(Levels(len(baseline.columns), alert_budget), sizes, dispersion)

    def drifted_from(self, column: str) -> float:
        """The size from which the column has drifted."""
        return self.sizes.get(column, DRIFT_SIZE)

    def strong_from(self, column: str) -> float:
        """The size from which the column alone is worth a look."""
        return max(STRONG_SIZE, self.drifted_from(column))

    def threshold(self, column: str, reference: NumberBaseline | CategoryBaseline) -> float | None:
        """The score from which the column has drifted; None where the reference has no deviation."""
        return self.drifted_from(column) * score_of_one(reference) or None
