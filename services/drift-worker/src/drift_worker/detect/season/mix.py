"""The reference in a window's mix of hours and weekdays."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import log, sqrt
from typing import Final

import numpy as np
import pandas as pd
from baseline.document import Baseline, build_baseline
from contract.schema import TIMESTAMP

from drift_worker.detect.chance import Cells
from drift_worker.detect.relation import relation_distances
from drift_worker.detect.season.buckets import BUCKETS, Places, buckets_of
from drift_worker.detect.season.dispersion import Dispersion, missing_dispersion, root_mean, shift_dispersion
from drift_worker.detect.season.stretches import Stretches, block_length

LENGTH_STEP: Final = 1.2

MOST_STRANGE: Final = 0.2
"""Nothing can be said of a window of which a larger share is of times that the reference has no rows of."""


@dataclass(frozen=True, slots=True)
class Against:
    """What one window is compared with, and the window's rows that can be compared with it."""

    frame: pd.DataFrame
    """The reference's rows; in a season those of the window's mix, some of them more than once."""

    baseline: Baseline
    current: pd.DataFrame
    buckets: Mapping[int, int] = field(default_factory=dict)
    """The rows of the window in each bucket; empty without a season."""

    dispersion: Dispersion = field(default_factory=Dispersion)

    strange: float = 0.0
    """The share of the window's rows that were left out: the reference has no rows of their bucket."""

    @property
    def told(self) -> str:
        """What was left out, as a sentence."""
        return (
            f"{self.strange:.0%} of the rows are of hours and weekdays of which the reference has none; "
            + ("they were left out" if self.judged else "nothing can be said of the window")
        )

    @property
    def judged(self) -> bool:
        """Whether enough of the window can be compared."""
        return self.strange <= MOST_STRANGE


@dataclass(frozen=True, slots=True)
class Season:
    """The reference by the hours and weekdays of its rows."""

    zone: str
    reference: pd.DataFrame
    whole: Baseline
    places: Places
    """The bucket of each row."""

    rows: Places
    """The rows of each bucket."""

    stretches: Mapping[str, Stretches]
    order: Places
    """The places of the rows in the order of their times."""

    _dispersions: dict[int, "Blocks"] = field(default_factory=dict)

    @classmethod
    def of(cls, reference: pd.DataFrame, baseline: Baseline, zone: str) -> "Season":
        """The season of a reference with a column of times."""
        places = buckets_of(reference[TIMESTAMP], zone)
        order = np.argsort(reference[TIMESTAMP].to_numpy(), kind="stable")
        in_order = reference.iloc[order]
        stretches = {
            name: Stretches.of(column, in_order[name], places[order])
            for name, column in baseline.columns.items()
        }
        rows = np.bincount(places, minlength=BUCKETS)
        return cls(zone, reference, baseline, places, rows, stretches, order)

    def dispersion(self, length: int) -> "Blocks":
        """How much windows of so many rows vary; lengths that are nearly the same share their figures."""
        step = round(log(max(length, 1), LENGTH_STEP))
        return self._dispersions.setdefault(step, Blocks(self, round(LENGTH_STEP**step)))

    def against(self, current: pd.DataFrame) -> Against:
        """Take the reference in the mix of the current rows, which have a column of times."""
        places = buckets_of(current[TIMESTAMP], self.zone)
        known = self.rows[places] > 0
        counts = np.bincount(places[known], minlength=BUCKETS)
        buckets = {int(bucket): int(counts[bucket]) for bucket in np.flatnonzero(counts)}
        strange = 1.0 - known.mean() if len(known) else 0.0
        if strange > MOST_STRANGE:
            return Against(self.reference, self.whole, current, strange=strange)
        frame = self.in_mix(counts)
        mixed = self.baseline_of(counts, frame)
        present = current[known].reset_index(drop=True)
        return Against(frame, mixed, present, buckets, self.dispersion(len(present)), strange)

    def cells(self, name: str, mixes: Sequence[Mapping[int, int]]) -> Cells:
        """The reference's rows of a column by cell, in the mix of several windows."""
        counts = np.zeros(BUCKETS, dtype=np.intp)
        for mix in mixes:
            for bucket, rows in mix.items():
                counts[bucket] += rows
        return self.stretches[name].in_mix(counts)

    def baseline_of(self, counts: Places, frame: pd.DataFrame | None = None) -> Baseline:
        """Baseline the reference in this mix; its rows there may be given."""
        rows = self.in_mix(counts) if frame is None else frame
        return baseline_in_mix(rows, self.whole, self.effective_rows(counts))

    def in_mix(self, counts: Places) -> pd.DataFrame:
        """The reference's rows in this mix."""
        return self.reference.iloc[self.sample(counts)].reset_index(drop=True)

    def effective_rows(self, counts: Places) -> float:
        """Say how many rows in this mix would tell as much as the reference, weighted: 1 / Σ(q²/m)."""
        shares = counts[counts > 0] / counts.sum()
        return float(1.0 / (shares**2 / self.rows[counts > 0]).sum())

    def sample(self, counts: Places) -> Places:
        """Choose as many rows as the reference has, in this mix and in its order, each as often as is due."""
        weights = np.divide(counts, self.rows, out=np.zeros(BUCKETS), where=self.rows > 0)[self.places]
        ends = np.cumsum(weights) / weights.sum()
        return np.searchsorted(ends, (np.arange(len(ends)) + 0.5) / len(ends))


@dataclass(frozen=True, slots=True)
class Blocks(Dispersion):
    """How much windows of one length vary, measured when it is asked for."""

    season: Season
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
            against = season.baseline_of(np.bincount(season.places[rows_of_block], minlength=BUCKETS))
            for pair, _, _, z in relation_distances(against.relations, block, against.kinds):
                yield pair, z * apart


def baseline_in_mix(frame: pd.DataFrame, whole: Baseline, effective: float) -> Baseline:
    """Baseline the rows of a mix by the methods of the whole reference; they count as `effective` rows."""
    methods = {name: column.method for name, column in whole.columns.items()}
    made = build_baseline(frame, whole.kinds, outputs=whole.outputs, methods=methods)
    by = effective / len(frame)
    relations = made.relations.model_copy(
        update={"rows": tuple(max(round(rows * by), 1) for rows in made.relations.rows)}
    )
    columns = {name: column.scaled(by) for name, column in made.columns.items()}
    return made.model_copy(update={"columns": columns, "relations": relations, "rows": round(effective)})
