"""How much windows of one length vary, by the blocks of a season's reference."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from math import sqrt
from typing import TYPE_CHECKING, Final

import numpy as np

from baseline.buckets import BUCKETS, Places
from baseline.counts import count_column
from baseline.relations import RelationBaseline, relation_baseline
from drift_worker.detect.relation import relation_distances
from drift_worker.detect.season.column import block_length
from drift_worker.detect.season.dispersion import (
    Dispersion,
    missing_dispersion,
    often_constant,
    root_mean,
    shift_dispersion,
)

if TYPE_CHECKING:
    from drift_worker.detect.season.mix import Season

MOST_BLOCKS: Final = 28
"""Correlations are compared in so many blocks, or a few more: of a large reference they would take hours."""

MOST_ROWS: Final = 20_000


@dataclass(frozen=True)
class BlockDispersion(Dispersion):
    """How much windows of one length vary, measured when it is asked for."""

    season: "Season"
    length: int
    _shifts: dict[str, float] = field(default_factory=dict)
    _missing: dict[str, float] = field(default_factory=dict)
    _constant: dict[str, bool] = field(default_factory=dict)

    def of_shift(self, column: str) -> float:
        """The dispersion of a column's values."""
        if column not in self._shifts:
            self._shifts[column] = shift_dispersion(self.season.columns[column], self.length)
        return self._shifts[column]

    def of_missing(self, column: str) -> float:
        """The dispersion of a column's share of missing values."""
        if column not in self._missing:
            self._missing[column] = missing_dispersion(self.season.columns[column], self.length)
        return self._missing[column]

    def often_constant(self, column: str) -> bool:
        """Whether a column has one value only in a fair share of stretches, as an hour or a weekday has."""
        if column not in self._constant:
            self._constant[column] = often_constant(self.season.columns[column], self.length)
        return self._constant[column]

    def of_relation(self, columns: tuple[str, str]) -> float:
        """The dispersion of the rank correlation of two columns."""
        return root_mean(z**2 for z in self._distances.get(columns, ()))

    @cached_property
    def _distances(self) -> dict[tuple[str, str], list[float]]:
        """The distance of each pair's correlation in each block, measured once, since it takes long."""
        found: dict[tuple[str, str], list[float]] = {}
        for pair, z in self._relation_distances():
            found.setdefault(pair, []).append(z)
        return found

    def _relation_distances(self) -> Iterator[tuple[tuple[str, str], float]]:
        season, rows = self.season, len(self.season.order)
        length = block_length(self.length, rows)
        if not length:
            return
        # A block is part of the reference: both together vary less than two samples would.
        apart = sqrt((rows + length) / (rows - length))
        starts = range(0, rows - length + 1, length)
        for start in starts[:: max(len(starts) // MOST_BLOCKS, 1)]:
            block = season.order[start : start + length]
            before = self._relations_in(np.bincount(season.buckets[block], minlength=BUCKETS))
            kinds = {name: season.whole.kinds[name] for name in before.columns}
            frame = season.reference.iloc[block]
            counts = {name: count_column(frame[name], kind) for name, kind in kinds.items()}
            for pair, _, _, z in relation_distances(before, frame, kinds, counts):
                yield pair, z * apart

    def _relations_in(self, mix: Places) -> RelationBaseline:
        """The correlations of the reference in a mix; of a large one a part says enough."""
        season = self.season
        names = [name for name in season.whole.relations.columns if name not in season.accepted]
        places = season.rows.sample(mix, min(len(season.reference), MOST_ROWS))
        frame = season.reference[names].iloc[places].reset_index(drop=True)
        kinds = {name: season.whole.kinds[name] for name in names}
        counts = {name: count_column(frame[name], kind) for name, kind in kinds.items()}
        return relation_baseline(frame, kinds, counts)
