"""The reference in a window's mix of hours and weekdays."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import log
from types import MappingProxyType
from typing import Final

import numpy as np
import pandas as pd
from baseline.buckets import BUCKETS, Places, buckets_of
from baseline.document import Baseline, build_baseline
from contract.times import TIMESTAMP

from drift_worker.detect.chance import Cells
from drift_worker.detect.season.against import MOST_STRANGE, Against
from drift_worker.detect.season.blocks import Blocks
from drift_worker.detect.season.stretches import Stretches

LENGTH_STEP: Final = 1.2


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

    since: Mapping[str, int]
    """The first row that counts, of columns whose earlier rows are no longer part of the reference."""

    _dispersions: dict[int, Blocks] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        reference: pd.DataFrame,
        baseline: Baseline,
        zone: str,
        since: Mapping[str, int] = MappingProxyType({}),
    ) -> "Season":
        """The season of a reference with a column of times.

        `since` gives the first row that counts, of columns whose earlier rows are no longer part of it.
        """
        places = buckets_of(reference[TIMESTAMP], zone)
        order = np.argsort(reference[TIMESTAMP].to_numpy(), kind="stable")
        stretches = {}
        for name, column in baseline.columns.items():
            own = order[order >= since.get(name, 0)]
            stretches[name] = Stretches.of(column, reference[name].iloc[own], places[own])
        rows = np.bincount(places, minlength=BUCKETS)
        return cls(zone, reference, baseline, places, rows, stretches, order, since)

    def dispersion(self, length: int) -> Blocks:
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
            return Against(self.reference, self.whole, current, first_rows=self.since, strange=strange)
        places = self.sample(counts)
        present = current[known].reset_index(drop=True)
        return Against(
            self.reference.iloc[places].reset_index(drop=True),
            self.mixed(counts, places),
            present,
            buckets,
            self.dispersion(len(present)),
            self.first_rows(places),
            strange,
        )

    def first_rows(self, places: Places) -> dict[str, int]:
        """The first row that counts among those of a mix, of columns whose earlier rows count no longer."""
        return {name: int(np.searchsorted(places, first)) for name, first in self.since.items()}

    def cells(self, name: str, mixes: Sequence[Mapping[int, int]]) -> Cells:
        """The reference's rows of a column by cell, in the mix of several windows."""
        counts = np.zeros(BUCKETS, dtype=np.intp)
        for mix in mixes:
            for bucket, rows in mix.items():
                counts[bucket] += rows
        return self.stretches[name].in_mix(counts)

    def mixed(self, counts: Places, places: Places) -> Baseline:
        """Baseline the rows at these places, which are a mix, by the methods of the whole reference.

        They count as the effective rows, not as the rows that are there.
        """
        made = build_baseline(
            self.reference.iloc[places],
            self.whole.kinds,
            outputs=self.whole.outputs,
            methods={name: column.method for name, column in self.whole.columns.items()},
            since=self.first_rows(places),
        )
        effective = self.effective_rows(counts)
        by = effective / len(places)
        rows = tuple(max(round(each * by), 1) for each in made.relations.rows)
        relations = made.relations.model_copy(update={"rows": rows})
        columns = {name: column.scaled(by) for name, column in made.columns.items()}
        update = {"columns": columns, "relations": relations, "rows": round(effective)}
        return made.model_copy(update=update)

    def effective_rows(self, counts: Places) -> float:
        """Say how many rows in this mix would tell as much as the reference, weighted: 1 / Σ(q²/m)."""
        shares = counts[counts > 0] / counts.sum()
        return float(1.0 / (shares**2 / self.rows[counts > 0]).sum())

    def sample(self, counts: Places) -> Places:
        """Choose as many rows as the reference has, in this mix and in its order, each as often as is due."""
        weights = np.divide(counts, self.rows, out=np.zeros(BUCKETS), where=self.rows > 0)[self.places]
        ends = np.cumsum(weights) / weights.sum()
        return np.searchsorted(ends, (np.arange(len(ends)) + 0.5) / len(ends))
