"""Small changes that last: the last 8 windows together, and the last 64, against the reference."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from baseline.alignment import align_categories
from baseline.columns import FEW_VALUES, ColumnBaseline, NumberBaseline
from baseline.document import Baseline
from drift_worker.detect import sentences
from drift_worker.detect.chance import (
    BINARY,
    Cells,
    Difference,
    cell_rows,
    rank_difference,
    shares_difference,
    smallest,
)
from drift_worker.detect.levels import LASTING_SIZE, Levels
from drift_worker.detect.pools.cells import WindowCells
from drift_worker.detect.season.mix import Season
from drift_worker.findings import Finding

SPANS: Final = (8, 64)
"""Over how many windows changes are looked for, up to the window itself."""


FEWEST_WINDOWS: Final = 2
"""What one window shows does not last."""


@dataclass(frozen=True, slots=True)
class Earlier:
    """The windows before the one of that number, by their numbers; some may not be there."""

    number: int
    windows: Mapping[int, WindowCells] = field(default_factory=dict)
    ids: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Pool:
    """The windows of one span in which a column is not broken."""

    span: int
    windows: Sequence[WindowCells]

    @property
    def rows(self) -> int:
        """The rows of all of them."""
        return sum(window.rows for window in self.windows)


def lasting_drift(
    baseline: Baseline, earlier: Earlier, window: WindowCells, levels: Levels, season: Season | None = None
) -> list[Finding]:
    """Find the columns that moved a little over several windows, up to this one, in their order.

    `baseline` is that of the whole reference. A column is found once, over the shorter span if both show it.
    """
    found: dict[str, Finding] = {}
    for span, pool in _pools(earlier.number, {**earlier.windows, earlier.number: window}):
        for name in baseline.columns:
            pooled = [each for each in pool if name in each.columns]
            if len(pooled) < FEWEST_WINDOWS or name not in window.columns:
                continue
            finding = _lasting(baseline, name, Pool(span, pooled), levels, season)
            if finding is not None:
                found.setdefault(name, finding)
    return [found[name] for name in baseline.columns if name in found]


def _pools(number: int, windows: Mapping[int, WindowCells]) -> Iterator[tuple[int, list[WindowCells]]]:
    """The pools that hold more windows than a shorter one does, and more than one."""
    before = FEWEST_WINDOWS - 1
    for span in SPANS:
        pool = [windows[each] for each in sorted(windows) if number - span < each <= number]
        if len(pool) > before:
            yield span, pool
            before = len(pool)


def _lasting(
    baseline: Baseline,
    name: str,
    pool: Pool,
    levels: Levels,
    season: Season | None,
) -> Finding | None:
    column, dispersion = baseline.columns[name], 1.0
    before: Cells = cell_rows(column) if isinstance(column, NumberBaseline) else column.counts
    if season is not None:
        before = season.cells(name, [window.buckets for window in pool.windows])
        dispersion = season.dispersion(pool.rows).of_shift(name)
    found = _differences(column, [window.columns[name] for window in pool.windows], before)
    if not found:
        return None
    largest = max(found, key=lambda each: each.z)
    p_value = smallest(found, dispersion)
    rows = before.sum() if isinstance(before, np.ndarray) else sum(before.values())
    level = levels.lasting(pool.span, pool.rows, rows)
    if largest.distance < LASTING_SIZE or p_value > level:
        return None
    return Finding(
        kind="lasting",
        column=name,
        method=f"last {pool.span} windows",
        score=None,
        threshold=None,
        size=largest.distance,
        p_value=p_value,
        drifted=True,
        beyond_chance=True,
        detail=sentences.of_lasting(name, largest.distance, p_value, (len(pool.windows), pool.rows)),
    )


def _differences(reference: ColumnBaseline, parts: Sequence[Cells], before: Cells) -> list[Difference]:
    """How the pooled rows differ from the reference's, by each test of the column; none without rows."""
    if isinstance(reference, NumberBaseline) and isinstance(before, np.ndarray):
        cells = [each for each in parts if isinstance(each, np.ndarray)]
        now = np.sum(cells, axis=0) if cells else np.zeros(1)
        if not now.sum() or not before.sum() or reference.sd == 0.0:
            return []
        filled = (now > 0) | (before > 0)
        few = reference.distinct <= FEW_VALUES and filled.sum() > BINARY
        shares = [shares_difference(now[filled], before[filled])] if few else []
        return [rank_difference(before, now), *shares]
    rows: dict[str, float] = {}
    for part in parts:
        for name, count in part.items() if isinstance(part, Mapping) else ():
            rows[name] = rows.get(name, 0) + count
    if not rows or not isinstance(before, Mapping) or not sum(before.values()):
        return []
    _, reference_rows, now = align_categories(before, rows)
    return [shares_difference(now.astype(float), reference_rows.astype(float))]
