"""Relations between columns that are not what they were: swapped columns, negated flags."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import erfc, sqrt

import numpy as np
from baseline.counts import Floats, Frame
from baseline.relations import RelationBaseline, correlate, standard_ranks
from contract.schema import Kind

from drift_worker.detect.chance import solve_z
from drift_worker.detect.levels import RELATION_CHANGE, Levels


@dataclass(frozen=True, slots=True)
class RelationChange:
    """A rank correlation that is not what it was."""

    columns: tuple[str, str]
    before: float
    now: float
    p_value: float


def changed_relations(
    baseline: RelationBaseline, window: Frame, kinds: Mapping[str, Kind], levels: Levels
) -> list[RelationChange]:
    """Find the pairs whose correlation differs by at least 0.20 and by more than chance, in their order."""
    if not baseline.pairs:
        return []
    upper = np.triu_indices(len(baseline.columns), 1)
    found = correlate(standard_ranks(window, {name: kinds[name] for name in baseline.columns}), spread=False)
    now, rows = found.correlation[upper], found.rows[upper]
    before = _array(baseline.correlations)
    compared = np.isfinite(now) & np.isfinite(before)
    level = levels.relation(int(np.isfinite(before).sum()))
    changes = []
    for place in np.flatnonzero(compared & (np.abs(np.nan_to_num(now - before)) >= RELATION_CHANGE)):
        first, second = upper[0][place], upper[1][place]
        p_value = _p_value(
            abs(float(now[place] - before[place])),
            baseline.spreads[place] or 0.0,
            baseline.reach[first] * baseline.reach[second],
            (int(rows[place]), baseline.rows[place]),
        )
        if p_value <= level:
            pair = baseline.columns[first], baseline.columns[second]
            changes.append(RelationChange(pair, float(before[place]), float(now[place]), p_value))
    return changes


def _p_value(change: float, spread: float, reach: float, rows: tuple[int, int]) -> float:
    n, reference = rows
    m = n * reference / (n + reference)
    return erfc(solve_z(change, spread / sqrt(m), reach / (6 * min(rows))) / sqrt(2))


def _array(numbers: tuple[float | None, ...]) -> Floats:
    return np.array([np.nan if number is None else number for number in numbers], dtype=float)
