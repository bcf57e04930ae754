"""The reference in a window's mix of hours and weekdays."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import log
from typing import Final

import numpy as np
import pandas as pd
from baseline.document import Baseline, build_baseline
from contract.schema import TIMESTAMP

from drift_worker.detect.chance import Cells
from drift_worker.detect.season.buckets import BUCKETS, Places, buckets_of
from drift_worker.detect.season.dispersion import Stretches

LENGTH_STEP: Final = 1.1

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

    dispersions: Mapping[str, float] = field(default_factory=dict)
    """How many times as far a column's windows are from the reference as independent rows; else 1."""

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
    _dispersions: dict[int, Mapping[str, float]] = field(default_factory=dict)

    @classmethod
    def of(cls, reference: pd.DataFrame, baseline: Baseline, zone: str) -> "Season":
        """The season of a reference with a column of times."""
        places = buckets_of(reference[TIMESTAMP], zone)
        order = reference[TIMESTAMP].argsort(kind="stable").to_numpy()
        in_order = reference.iloc[order]
        stretches = {
            name: Stretches.of(column, in_order[name], places[order])
            for name, column in baseline.columns.items()
        }
        rows = np.bincount(places, minlength=BUCKETS)
        return cls(zone, reference, baseline, places, rows, stretches)

    def dispersions(self, length: int) -> Mapping[str, float]:
        """How much windows of so many rows vary, by column; lengths within a tenth share their figures."""
        step = round(log(max(length, 1), LENGTH_STEP))
        if step not in self._dispersions:
            rows = round(LENGTH_STEP**step)
            self._dispersions[step] = {name: each.dispersion(rows) for name, each in self.stretches.items()}
        return self._dispersions[step]

    def against(self, current: pd.DataFrame) -> Against:
        """Take the reference in the mix of the current rows, which have a column of times."""
        places = buckets_of(current[TIMESTAMP], self.zone)
        known = self.rows[places] > 0
        counts = np.bincount(places[known], minlength=BUCKETS)
        buckets = {int(bucket): int(counts[bucket]) for bucket in np.flatnonzero(counts)}
        strange = 1.0 - known.mean() if len(known) else 0.0
        if not buckets:
            return Against(self.reference, self.whole, current.iloc[:0], strange=strange)
        frame = self.in_mix(counts)
        mixed = baseline_in_mix(frame, self.whole, self.effective_rows(counts))
        present = current[known].reset_index(drop=True)
        return Against(frame, mixed, present, buckets, self.dispersions(len(present)), strange)

    def cells(self, name: str, mixes: Sequence[Mapping[int, int]]) -> Cells:
        """The reference's rows of a column by cell, in the mix of several windows."""
        counts = np.zeros(BUCKETS, dtype=np.intp)
        for mix in mixes:
            for bucket, rows in mix.items():
                counts[bucket] += rows
        return self.stretches[name].in_mix(counts)

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
