"""How much windows of one length vary, by the blocks of a season's reference."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from math import sqrt
from typing import TYPE_CHECKING

import numpy as np
from baseline.buckets import BUCKETS
from baseline.counts import count_column

from drift_worker.detect.relation import relation_distances
from drift_worker.detect.season.dispersion import (
    Dispersion,
    missing_dispersion,
    root_mean,
    shift_dispersion,
)
from drift_worker.detect.season.stretches import block_length

if TYPE_CHECKING:
    from drift_worker.detect.season.mix import Season


@dataclass(frozen=True, slots=True)
class Blocks(Dispersion):
    """How much windows of one length vary, measured when it is asked for."""

    season: "Season"
    length: int
    _shifts: dict[str, float] = field(default_factory=dict)
    _missing: dict[str, float] = field(default_factory=dict)
    _relations: dict[tuple[str, str], list[float]] = field(default_factory=dict)

    def of_shift(self, column: str) -> float:
        """The dispersion of a column's values."""
        if column not in self._shifts:
            self._shifts[column] = shift_dispersion(self.season.stretches[column], self.length)
        return self._shifts[column]

    def of_missing(self, column: str) -> float:
        """The dispersion of a column's share of missing values."""
        if column not in self._missing:
            self._missing[column] = missing_dispersion(self.season.stretches[column], self.length)
        return self._missing[column]

    def of_relation(self, columns: tuple[str, str]) -> float:
        """The dispersion of the rank correlation of two columns."""
        if not self._relations:
            for pair, z in self._relation_distances():
                self._relations.setdefault(pair, []).append(z)
        return root_mean(z**2 for z in self._relations.get(columns, ()))

    def _relation_distances(self) -> Iterator[tuple[tuple[str, str], float]]:
        season, rows = self.season, len(self.season.order)
        length = block_length(self.length, rows)
        # A block is part of the reference: both together vary less than two samples would.
        apart = sqrt((rows + length) / (rows - length)) if length else 1.0
        for start in range(0, rows - length + 1, length) if length else ():
            rows_of_block = season.order[start : start + length]
            block = season.reference.iloc[rows_of_block]
            counts = np.bincount(season.places[rows_of_block], minlength=BUCKETS)
            against = season.mixed(counts, season.sample(counts))
            rows_of = {
                name: count_column(block[name], season.whole.kinds[name])
                for name in against.relations.columns
            }
            for pair, _, _, z in relation_distances(against.relations, block, against.kinds, rows_of):
                yield pair, z * apart
