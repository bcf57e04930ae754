"""A reference and what is decided about windows against it, as the worker decides it."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Self

import pandas as pd

from baseline.counts import Counts, count_column
from baseline.document import Baseline, baseline_of
from baseline.relations import RelationBaseline
from contract.schema import Schema
from drift_worker.decide.decision import Policy, decide
from drift_worker.detect.assessment import assess, count_window
from drift_worker.detect.season.dispersion import Dispersion
from drift_worker.detect.size import Limits, evidently_score
from drift_worker.findings import ACTIONS, Finding, Verdict, broken, strong_features

NO_RELATIONS: Final = RelationBaseline(columns=(), reach=(), correlations=(), rows=(), spreads=())


@dataclass(frozen=True, slots=True)
class Judged:
    """What was found in a window, and what was decided."""

    findings: list[Finding]
    verdict: Verdict

    @property
    def acted(self) -> bool:
        """Whether somebody is called."""
        return self.verdict.decision in ACTIONS


@dataclass(frozen=True, slots=True)
class Monitor:
    """A reference's baseline, the counts that its scores are computed from, and the limits of a model.

    Scores come from the function of our own that gives what Evidently gives: it is many times faster.
    """

    baseline: Baseline
    counts: Mapping[str, Counts]
    limits: Limits
    policy: Policy

    @classmethod
    def of(
        cls,
        reference: pd.DataFrame,
        schema: Schema,
        policy: Policy,
        since: Mapping[str, int] = MappingProxyType({}),
    ) -> Self:
        """Baseline a reference that has the features and the model's output; `since` as for `baseline_of`."""
        baseline = baseline_of(reference, schema, schema.outputs, since)
        counts = {name: count_column(reference[name], kind) for name, kind in baseline.kinds.items()}
        policy = policy.for_schema(schema)
        return cls(baseline, counts, Limits.of(baseline, schema, policy.alert_budget, Dispersion()), policy)

    def judge(self, frame: pd.DataFrame) -> Judged:
        """Find and decide."""
        found = self._findings(self.baseline, frame)
        return Judged(found, decide(found, rows=len(frame), policy=self.policy))

    def acts_alone(self, column: str, frame: pd.DataFrame) -> bool:
        """Whether somebody is called by what one feature shows by itself, whatever the others show."""
        found = self.find_alone(column, frame)
        return len(frame) >= self.policy.min_rows and bool(broken(found) or strong_features(found))

    def find_alone(self, column: str, frame: pd.DataFrame) -> list[Finding]:
        """Find what `judge` finds about one feature by itself; the first is its drift.

        The frame may have this column only. Relations to other columns are not looked at.
        """
        only = {"columns": {column: self.baseline.columns[column]}, "relations": NO_RELATIONS}
        return self._findings(self.baseline.model_copy(update=only), frame)

    def _findings(self, baseline: Baseline, frame: pd.DataFrame) -> list[Finding]:
        window = count_window(frame, baseline)
        scores = {
            name: evidently_score(column.method, self.counts[name], window.counts[name])
            for name, column in baseline.columns.items()
        }
        return assess(baseline, window, scores, self.limits)
