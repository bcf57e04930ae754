"""Relations between columns that are not what they were: swapped columns, negated flags."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations
from math import erfc, log, sqrt
from typing import Final

import numpy as np

from baseline.columns import CategoryBaseline, NumberBaseline
from baseline.counts import Counts, Floats, Frame, NumberCounts
from baseline.document import Baseline
from baseline.relations import RelationBaseline, correlate, standard_ranks
from contract.task import Kind
from drift_worker.detect.chance import p_value_of, solve_z
from drift_worker.detect.levels import RELATION_CHANGE, Levels

ALIKE: Final = 0.001
"""Columns are alike when chance brings as large a difference at least this often."""


@dataclass(frozen=True, slots=True)
class RelationChange:
    """A rank correlation that is not what it was."""

    columns: tuple[str, str]
    before: float
    now: float
    p_value: float


@dataclass(frozen=True, slots=True)
class Swap:
    """Two columns of which each has the values of the other."""

    columns: tuple[str, str]
    p_value: float


def swapped_columns(
    baseline: Baseline, counts: Mapping[str, Counts], moved: Mapping[str, float], levels: Levels
) -> list[Swap]:
    """Find the pairs of features that moved, each to where the other was.

    `moved` gives the p-values of the columns that drifted.
    """
    features = [name for name in baseline.features if name in moved]
    level = levels.relation(len(baseline.features) * (len(baseline.features) - 1) // 2)
    return [
        Swap((one, other), p_value)
        for one, other in combinations(features, 2)
        if (p_value := joint_p_value(moved[one], moved[other])) <= level
        and _alike(baseline.columns[one], counts[other])
        and _alike(baseline.columns[other], counts[one])
    ]


def joint_p_value(one: float, other: float) -> float:
    """Give how probable it is that the product of two p-values is as small, if they are independent.

    Fisher's method for two. For columns that go together it is too small; that each also looks like the other
    one makes up for it: without drift no pair was ever called swapped.
    """
    product = one * other
    return product * (1 - log(product)) if product else 0.0


def _alike(reference: NumberBaseline | CategoryBaseline, window: Counts) -> bool:
    if isinstance(reference, NumberBaseline) != isinstance(window, NumberCounts):
        return False
    p_value = p_value_of(reference, window)
    return p_value is not None and p_value >= ALIKE


def changed_relations(
    baseline: RelationBaseline,
    window: Frame,
    kinds: Mapping[str, Kind],
    counts: Mapping[str, Counts],
    levels: Levels,
    *,
    dispersion: Callable[[tuple[str, str]], float] = lambda _: 1.0,
) -> list[RelationChange]:
    """Find the pairs whose correlation differs by at least 0.20 and by more than chance, in their order.

    `counts` are those of the window's columns; `dispersion` says how many times as far a pair's correlations
    are from the reference as those of independent rows.
    """
    level = levels.relation(sum(each is not None for each in baseline.correlations))
    changes = []
    for pair, before, now, z in relation_distances(baseline, window, kinds, counts, RELATION_CHANGE):
        if _p_value(z) <= level and (p_value := _p_value(z / dispersion(pair))) <= level:
            changes.append(RelationChange(pair, before, now, p_value))
    return changes


def relation_distances(
    baseline: RelationBaseline,
    window: Frame,
    kinds: Mapping[str, Kind],
    counts: Mapping[str, Counts],
    least: float = 0.0,
) -> Iterator[tuple[tuple[str, str], float, float, float]]:
    """Give each pair that differs by so much: its correlation before and now, and z of the change.

    `counts` are those of the window's columns.
    """
    if not baseline.pairs:
        return
    upper = np.triu_indices(len(baseline.columns), 1)
    ranks = standard_ranks(window, {name: kinds[name] for name in baseline.columns}, counts)
    found = correlate(ranks, spread=False)
    now, rows = found.correlation[upper], found.rows[upper]
    before = _array(baseline.correlations)
    compared = np.isfinite(now) & np.isfinite(before)
    for place in np.flatnonzero(compared & (np.abs(np.nan_to_num(now - before)) >= least)):
        first, second = upper[0][place], upper[1][place]
        z = _z(
            abs(float(now[place] - before[place])),
            baseline.spreads[place] or 0.0,
            baseline.reach[first] * baseline.reach[second],
            (int(rows[place]), baseline.rows[place]),
        )
        pair = baseline.columns[first], baseline.columns[second]
        yield pair, float(before[place]), float(now[place]), z


def _z(change: float, spread: float, reach: float, rows: tuple[int, int]) -> float:
    n, reference = rows
    m = n * reference / (n + reference)
    return solve_z(change, spread / sqrt(m), reach / (6 * min(rows)))


def _p_value(z: float) -> float:
    return erfc(z / sqrt(2))


def _array(numbers: tuple[float | None, ...]) -> Floats:
    return np.array([np.nan if number is None else number for number in numbers], dtype=float)
