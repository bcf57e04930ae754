"""Windows of one model judged one after another, with the pools and the season that a worker has."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd

from baseline.counts import Counts, count_column
from baseline.document import Baseline, baseline_of
from contract.schema import Schema
from contract.task import Kind
from drift_worker.decide.decision import Policy, decide
from drift_worker.detect.assessment import count_window
from drift_worker.detect.drift import Compared, Reference, find
from drift_worker.detect.pools.cells import WindowCells
from drift_worker.detect.pools.lasting import SPANS, Earlier
from drift_worker.detect.size import Limits, evidently_score
from drift_worker.findings import Finding
from drift_worker.record.bundles import season_of
from drift_worker.trial.monitor import Judged


@dataclass
class Watch:
    """A reference, and the windows that were judged by it; scores come from the function of our own."""

    reference: Reference
    baseline: Baseline
    policy: Policy
    counts: Mapping[str, Counts]
    _windows: dict[int, WindowCells] = field(default_factory=dict)
    _number: int = 0

    @classmethod
    def of(
        cls, frame: pd.DataFrame, schema: Schema, policy: Policy, outputs: Mapping[str, Kind] | None = None
    ) -> "Watch":
        """Watch by a reference; one with a time in its schema has a season.

        `outputs` are the columns of the model's output, where they are not the schema's.
        """
        outputs = schema.outputs if outputs is None else outputs
        baseline = baseline_of(frame, schema, outputs)
        season = season_of(frame, baseline, schema)
        reference = Reference(frame, schema, baseline, outputs=outputs, season=season)
        counts = {name: count_column(frame[name], kind) for name, kind in baseline.kinds.items()}
        return cls(reference, baseline, policy.for_schema(schema), counts)

    def judge(self, window: pd.DataFrame) -> Judged:
        """Judge the next window, alone and together with those before it."""
        schema, budget = self.reference.schema, self.policy.alert_budget
        against = self.reference.against(self.baseline, window)
        counted = count_window(against.current, against.baseline)
        limits = Limits.of(against.baseline, schema, budget, against.dispersion)
        in_mix = self.reference.season is not None
        scores = {
            name: evidently_score(
                column.method,
                count_column(against.frame[name], column.kind) if in_mix else self.counts[name],
                counted.counts[name],
            )
            for name, column in against.baseline.columns.items()
        }
        self._number += 1
        earlier = Earlier(self._number, dict(self._windows), min_rows=self.policy.min_rows)
        found, cells = find(self.reference, Compared(against, counted, limits), scores, earlier)
        self._windows[self._number] = cells
        self._windows.pop(self._number - max(SPANS) + 1, None)
        verdict = decide(found, rows=len(against.current), policy=self.policy, notes=against.notes)
        return Judged(found, verdict)

    def lasting(self, window: pd.DataFrame) -> list[Finding]:
        """What lasts up to the next window."""
        return [each for each in self.judge(window).findings if each.kind == "lasting"]
