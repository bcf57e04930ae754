"""Windows of one model judged one after another, with the pools and the season that a worker has."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd
from baseline.counts import count_column
from baseline.document import Baseline, baseline_of
from contract.schema import Schema
from contract.task import Kind
from drift_worker.decide.decision import Policy, decide
from drift_worker.detect.assessment import Window, assess, count_window
from drift_worker.detect.pools.cells import WindowCells, window_cells
from drift_worker.detect.pools.lasting import SPANS, Earlier, lasting_drift
from drift_worker.detect.season.against import Against
from drift_worker.detect.season.mix import Season
from drift_worker.detect.size import Limits, evidently_score
from drift_worker.findings import Finding
from drift_worker.trial.monitor import Judged


@dataclass
class Watch:
    """A reference, and the windows that were judged by it; scores come from the function of our own."""

    schema: Schema
    policy: Policy
    baseline: Baseline
    reference: pd.DataFrame
    season: Season | None = None
    _windows: dict[int, WindowCells] = field(default_factory=dict)
    _number: int = 0

    @classmethod
    def of(
        cls,
        reference: pd.DataFrame,
        schema: Schema,
        policy: Policy,
        outputs: Mapping[str, Kind] | None = None,
    ) -> "Watch":
        """Watch by a reference; one with a time in its schema has a season.

        `outputs` are the columns of the model's output, where they are not the schema's.
        """
        baseline = baseline_of(reference, schema, schema.outputs if outputs is None else outputs)
        season = Season.of(reference, baseline, schema.time.zone) if schema.time else None
        return cls(schema, policy, baseline, reference, season)

    def judge(self, frame: pd.DataFrame) -> Judged:
        """Judge the next window, alone and together with those before it."""
        against, window, limits = self._compared(frame)
        scores = {
            name: evidently_score(
                column.method, count_column(against.frame[name], column.kind), window.counts[name]
            )
            for name, column in against.baseline.columns.items()
        }
        found = assess(against.baseline, window, scores, limits, self.baseline)
        found += self._lasting(against, window, limits)
        return Judged(found, decide(found, rows=len(frame), policy=self.policy))

    def lasting(self, frame: pd.DataFrame) -> list[Finding]:
        """What lasts up to the next window, whatever it shows by itself."""
        return self._lasting(*self._compared(frame))

    def _compared(self, frame: pd.DataFrame) -> tuple[Against, Window, Limits]:
        against = self.season.against(frame) if self.season else Against(self.reference, self.baseline, frame)
        limits = Limits.of(against.baseline, self.schema, self.policy.alert_budget, against.dispersion)
        return against, count_window(against.current, against.baseline), limits

    def _lasting(self, against: Against, window: Window, limits: Limits) -> list[Finding]:
        self._number += 1
        cells = window_cells(against.baseline, window, self.baseline, against.dispersion, against.buckets)
        earlier = Earlier(self._number, dict(self._windows))
        self._windows[self._number] = cells
        self._windows.pop(self._number - max(SPANS) + 1, None)
        return lasting_drift(self.baseline, earlier, cells, limits.levels, self.season)
