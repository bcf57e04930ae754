"""A reference and what is decided about windows against it, as the worker decides it."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Self

import numpy as np
import pandas as pd
from baseline.counts import Counts, count_column
from baseline.document import Baseline, build_baseline
from contract.task import Kind
from drift_worker.decide.decision import Policy, decide
from drift_worker.detect.assessment import Limits, assess, count_window
from drift_worker.detect.levels import Levels
from drift_worker.detect.size import evidently_score
from drift_worker.findings import ACTIONS, Finding, Verdict

from bench.trial.sources import Source

MIN_ROWS = 50
DRIFT_SHARE = 0.30

KEPT: Final = 16
"""So many references are kept: many breaks and shifts are tried against the same ones."""


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
    """A reference's baseline, and the counts that its scores are computed from."""

    baseline: Baseline
    counts: Mapping[str, Counts]
    limits: Limits

    @classmethod
    def of(cls, reference: pd.DataFrame, kinds: Mapping[str, Kind], outputs: tuple[str, ...]) -> Self:
        """Baseline a reference; `outputs` are the columns of the model's output."""
        counts = {name: count_column(reference[name], kind) for name, kind in kinds.items()}
        return cls(build_baseline(reference, kinds, outputs=outputs), counts, Limits(Levels(len(kinds))))

    def judge(self, frame: pd.DataFrame) -> Judged:
        """Find and decide, with the score computed by the function of our own."""
        window = count_window(frame, self.baseline)
        scores = {
            name: evidently_score(column.method, self.counts[name], window.counts[name])
            for name, column in self.baseline.columns.items()
        }
        found = assess(self.baseline, window, scores, self.limits)
        return Judged(found, decide(found, rows=len(frame), policy=Policy(MIN_ROWS, DRIFT_SHARE)))


def draw_monitor(source: Source, rng: np.random.Generator) -> Monitor:
    """Draw a reference and baseline it, once where the same rows are drawn again."""
    return _monitor(source, source.draw_places(source.reference_rows, rng).tobytes())


@lru_cache(maxsize=KEPT)
def _monitor(source: Source, places: bytes) -> Monitor:
    reference = source.take(np.frombuffer(places, dtype=np.int64))
    return Monitor.of(reference, source.kinds, source.outputs)
