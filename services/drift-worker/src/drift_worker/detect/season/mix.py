"""The reference in a window's mix of hours and weekdays."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from math import log
from types import MappingProxyType
from typing import Final

import numpy as np
import pandas as pd

from baseline.buckets import BUCKETS, Places, buckets_of
from baseline.columns import ColumnBaseline
from baseline.counts import Floats
from baseline.document import Baseline, build_baseline
from contract.times import TIMESTAMP
from drift_worker.detect.chance import Cells
from drift_worker.detect.season.against import MOST_WITHOUT_REFERENCE, Against
from drift_worker.detect.season.blocks import BlockDispersion
from drift_worker.detect.season.clock import follows_clock, hours_of
from drift_worker.detect.season.column import ColumnOverTime
from drift_worker.detect.season.rows import BucketRows

LENGTH_STEP: Final = 1.2

LEAST_COVERED: Final = 0.95
"""A column whose change was accepted is compared where the accepted rows are of like times as nearly all."""


@dataclass(frozen=True, slots=True)
class Season:
    """The reference by the hours and weekdays of its rows."""

    zone: str
    reference: pd.DataFrame
    whole: Baseline
    buckets: Places
    """The bucket of each row."""

    order: Places
    """The places of the rows in the order of their times."""

    rows: BucketRows
    accepted: Mapping[str, BucketRows]
    """The rows that count of columns whose earlier rows are no longer part of the reference."""

    columns: Mapping[str, ColumnOverTime]
    timestamp: str = TIMESTAMP
    _dispersions: dict[int, BlockDispersion] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        reference: pd.DataFrame,
        baseline: Baseline,
        zone: str,
        since: Mapping[str, int] = MappingProxyType({}),
        timestamp: str = TIMESTAMP,
    ) -> "Season":
        """The season of a reference with a column of times, which `timestamp` names.

        `since` gives the first row that counts, of columns whose earlier rows are no longer part of it.
        """
        buckets = buckets_of(reference[timestamp], zone)
        order = np.argsort(reference[timestamp].astype("int64").to_numpy(), kind="stable")
        in_order, columns = buckets[order], {}
        for name, column in baseline.columns.items():
            first = since.get(name, 0)
            own = order[order >= first] if first else order
            mine = buckets[own] if first else in_order
            columns[name] = ColumnOverTime.of(column, reference[name].iloc[own], mine)
        accepted = {name: BucketRows.of(buckets, first) for name, first in since.items() if name in columns}
        return cls(
            zone, reference, baseline, buckets, order, BucketRows.of(buckets), accepted, columns, timestamp
        )

    def dispersion(self, length: int) -> BlockDispersion:
        """How much windows of so many rows vary; lengths that are nearly the same share their figures."""
        step = round(log(max(length, 1), LENGTH_STEP))
        return self._dispersions.setdefault(step, BlockDispersion(self, round(LENGTH_STEP**step)))

    def against(self, current: pd.DataFrame) -> Against:
        """Take the reference in the mix of the current rows, which have a column of times."""
        buckets = buckets_of(current[self.timestamp], self.zone)
        known = self.rows.counts[buckets] > 0
        mix = np.bincount(buckets[known], minlength=BUCKETS)
        without_reference = 1.0 - float(known.mean()) if len(known) else 0.0
        if without_reference > MOST_WITHOUT_REFERENCE:
            first = {name: int(rows.places.min()) for name, rows in self.accepted.items()}
            dispersion = self.dispersion(len(current))
            return Against(self.reference, self.whole, current, {}, dispersion, first, without_reference)
        frame, not_compared = self.sample(mix, len(self.reference))
        return Against(
            frame,
            self.baseline_of(mix, frame, not_compared),
            current[known].reset_index(drop=True),
            {int(bucket): int(mix[bucket]) for bucket in np.flatnonzero(mix)},
            self.dispersion(int(known.sum())),
            without_reference=without_reference,
            not_compared=tuple(not_compared),
        )

    def sample(self, mix: Places, size: int) -> tuple[pd.DataFrame, list[str]]:
        """Take so many rows in a mix, and name the columns whose accepted rows don't cover it.

        Columns whose change was accepted are filled from their own rows; those named have no value.
        """
        frame = self.reference[[*self.whole.columns]].iloc[self.rows.sample(mix, size)].reset_index(drop=True)
        not_compared = [name for name, rows in self.accepted.items() if rows.covers(mix) < LEAST_COVERED]
        for name, rows in self.accepted.items():
            values = self.reference[name]
            if name in not_compared:
                frame[name] = values.iloc[:0].reindex(range(size))
            else:
                frame[name] = values.iloc[rows.sample(mix, size)].reset_index(drop=True)
        return frame, not_compared

    def cells(self, name: str, mixes: Sequence[Mapping[int, int]]) -> Cells:
        """The reference's rows of a column by cell, in the mix of several windows."""
        return self.columns[name].in_mix(_added(mixes))

    def present_and_missing(self, name: str, mixes: Sequence[Mapping[int, int]]) -> Floats:
        """The reference's rows with a value of a column and those without, in the mix of several windows."""
        return self.columns[name].present_and_missing(_added(mixes))

    def follows_clock(self, name: str) -> bool:
        """Whether a column has other values at other hours, as an hour or a weekday itself has."""
        cells = self.columns[name].cells
        own = self.order[self.order >= len(self.order) - len(cells)]
        return follows_clock(cells, hours_of(self.reference[self.timestamp].iloc[own], self.zone))

    def baseline_of(self, mix: Places, frame: pd.DataFrame, not_compared: Collection[str]) -> Baseline:
        """Baseline the reference in a mix, of which `frame` is a sample: each row counts by its exact weight.

        The sample gives deviations, relations and, of numbers in bins, the most frequent value's share only;
        columns whose change was accepted have no relations.
        """
        methods = {name: column.method for name, column in self.whole.columns.items()}
        made = build_baseline(frame, self.whole.kinds, outputs=self.whole.outputs, methods=methods)
        effective = self.rows.effective(mix)
        by, pairs = effective / len(frame), made.relations.pairs
        relations = made.relations.model_copy(
            update={
                "rows": tuple(max(round(rows * by), 1) for rows in made.relations.rows),
                "correlations": tuple(
                    None if {*pair} & self.accepted.keys() else each
                    for pair, each in zip(pairs, made.relations.correlations, strict=True)
                ),
            }
        )
        columns = {name: self._in_mix(name, column, mix) for name, column in made.columns.items()}
        # Nothing is known of these, not even what is missing.
        columns |= {name: made.columns[name].model_copy(update={"missing": 0}) for name in not_compared}
        update = {"columns": columns, "relations": relations, "rows": round(effective)}
        return made.model_copy(update=update)

    def _in_mix(self, name: str, sampled: ColumnBaseline, mix: Places) -> ColumnBaseline:
        return self.columns[name].column_in_mix(mix, sampled) if sampled.present else sampled


def _added(mixes: Sequence[Mapping[int, int]]) -> Places:
    mix = np.zeros(BUCKETS, dtype=np.intp)
    for each in mixes:
        for bucket, rows in each.items():
            mix[bucket] += rows
    return mix
