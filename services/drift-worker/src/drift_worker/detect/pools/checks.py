"""How the windows of a pool together differ from the reference: in their values, and in what is missing."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from baseline.alignment import align_categories
from baseline.columns import FEW_VALUES, ColumnBaseline, NumberBaseline
from drift_worker.detect.chance import (
    BINARY,
    Cells,
    Difference,
    cell_rows,
    rank_difference,
    shares_difference,
    smallest,
)
from drift_worker.detect.levels import LASTING_SHARE, LASTING_SIZE
from drift_worker.detect.pools.cells import WindowCells
from drift_worker.detect.season.mix import Season


@dataclass(frozen=True, slots=True)
class Pool:
    """The windows of one span that add a column."""

    span: int
    windows: Sequence[WindowCells]

    @property
    def rows(self) -> int:
        """The rows of all of them."""
        return sum(window.rows for window in self.windows)


@dataclass(frozen=True, slots=True)
class Check:
    """How far a column is from the reference, in standard deviations, and how probable that is by chance."""

    distance: float
    p_value: float
    reference_rows: float
    missing: tuple[float, float] | None = None
    """The shares of missing values, before and now, where they are what is compared."""

    @property
    def large(self) -> bool:
        """Whether it is worth telling."""
        shares = self.missing
        return self.distance >= LASTING_SIZE and (
            shares is None or abs(shares[1] - shares[0]) >= LASTING_SHARE
        )


def checks_of(column: ColumnBaseline, name: str, pool: Pool, season: Season | None) -> list[Check]:
    """Compare the values of a column, if there are any, and its missing values, if either side has them."""
    return [*_values(column, name, pool, season), *_missing(column, name, pool, season)]


def _values(column: ColumnBaseline, name: str, pool: Pool, season: Season | None) -> Iterator[Check]:
    before: Cells = cell_rows(column) if isinstance(column, NumberBaseline) else column.counts
    dispersion = 1.0
    if season is not None:
        before = season.cells(name, [window.buckets for window in pool.windows])
        dispersion = season.dispersion(pool.rows).of_shift(name)
    found = _differences(column, [window.columns[name] for window in pool.windows], before)
    if found:
        largest = max(found, key=lambda each: each.z)
        yield Check(largest.distance, smallest(found, dispersion), _rows(before))


def _missing(column: ColumnBaseline, name: str, pool: Pool, season: Season | None) -> Iterator[Check]:
    before, dispersion = np.array([column.present, column.missing], dtype=float), 1.0
    if season is not None:
        before = season.present_and_missing(name, [window.buckets for window in pool.windows])
        dispersion = season.dispersion(pool.rows).of_missing(name)
    present = sum(_rows(window.columns[name]) for window in pool.windows)
    now = np.array([present, pool.rows - present], dtype=float)
    if not before.sum() or not now.sum() or not before[1] + now[1]:
        return
    found = shares_difference(now, before)
    shares = float(before[1] / before.sum()), float(now[1] / now.sum())
    yield Check(found.distance, found.p_value(dispersion), float(before.sum()), shares)


def _rows(cells: Cells) -> float:
    return float(cells.sum()) if isinstance(cells, np.ndarray) else float(sum(cells.values()))


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
