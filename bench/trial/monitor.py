"""A reference and what is decided about windows against it, as the worker decides it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import pandas as pd
from baseline.counts import Counts, count_column
from baseline.document import Baseline, build_baseline
from contract.schema import Kind
from drift_worker.decide.table import Evidence, Ruling, rule
from drift_worker.detect.assessment import Assessment, Limits, assess, count_window
from drift_worker.detect.levels import Levels
from drift_worker.detect.size import evidently_score

from bench.trial.sources import OUTPUT

MIN_ROWS = 50
DRIFT_SHARE = 0.30


@dataclass(frozen=True, slots=True)
class Judged:
    """What was found in a window, and what was decided."""

    assessment: Assessment
    ruling: Ruling

    @property
    def acted(self) -> bool:
        """Whether somebody is called."""
        return self.ruling.decision in ("INVESTIGATE", "RETRAINING_TRIGGERED")


@dataclass(frozen=True, slots=True)
class Monitor:
    """A reference's baseline, and the counts that its scores are computed from."""

    baseline: Baseline
    counts: Mapping[str, Counts]
    limits: Limits

    @classmethod
    def of(cls, reference: pd.DataFrame, kinds: Mapping[str, Kind]) -> Self:
        """Baseline a reference."""
        counts = {name: count_column(reference[name], kind) for name, kind in kinds.items()}
        return cls(build_baseline(reference, kinds, output=OUTPUT), counts, Limits(Levels(len(kinds))))

    def judge(self, frame: pd.DataFrame) -> Judged:
        """Find and decide, with the score computed by the function of our own."""
        window = count_window(frame, self.baseline)
        scores = {
            name: evidently_score(column.method, self.counts[name], window.counts[name])
            for name, column in self.baseline.columns.items()
        }
        found = assess(self.baseline, window, scores, self.limits)
        return Judged(
            found,
            rule(evidence_of(found, self.baseline), min_rows=MIN_ROWS, drift_share_threshold=DRIFT_SHARE),
        )


def evidence_of(found: Assessment, baseline: Baseline) -> Evidence:
    """Give the findings as the decision needs them."""
    return Evidence(
        rows=found.rows,
        features=len(baseline.features),
        drifted=[shift.column for shift in found.drifted],
        beyond_chance=[shift.column for shift in found.drifted if shift.beyond_chance],
        strong=[shift.sentence for shift in found.drifted if shift.strong],
        broken=found.breaks,
    )
