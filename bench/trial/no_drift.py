"""Windows without drift: how many of them act, and how many flag a feature."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from drift_worker.findings import drifted_features

from bench.trial.monitor import Judged, draw_monitor
from bench.trial.sources import Source

SIZES: Final[dict[int, int]] = {50: 20_000, 200: 20_000, 1_000: 20_000, 5_000: 2_000}
"""How many windows of each number of rows a whole run has."""

PER_REFERENCE: Final = 50
"""Windows that are drawn against one reference, before another is drawn."""

MOST_ACTIONS: Final = 2
MOST_FLAGGED: Final = 0.01


@dataclass(slots=True)
class NoDrift:
    """What happened in windows of one size without drift."""

    source: str
    rows: int
    windows: int = 0
    actions: int = 0
    flagged: int = 0
    columns: Counter[str] = field(default_factory=Counter)
    """How often each feature was flagged."""
    reasons: list[str] = field(default_factory=list)
    """Why windows acted."""

    def add(self, judged: Judged) -> None:
        """Count a window."""
        drifted = drifted_features(judged.findings)
        self.windows += 1
        self.flagged += bool(drifted)
        self.columns.update(drifted)
        if judged.acted:
            self.actions += 1
            self.reasons.append(judged.verdict.reasons[0])

    def merge(self, other: "NoDrift") -> None:
        """Add the windows of another piece of work."""
        self.windows += other.windows
        self.actions += other.actions
        self.flagged += other.flagged
        self.columns.update(other.columns)
        self.reasons += other.reasons

    @property
    def kept(self) -> bool:
        """Whether the promise was kept; the share that may flag a feature has the error of the sample."""
        error = 3 * (MOST_FLAGGED / max(self.windows, 1)) ** 0.5
        return self.actions <= MOST_ACTIONS and self.flagged <= self.windows * (MOST_FLAGGED + error)


def run(source: Source, rows: int, windows: int, seed: int) -> NoDrift:
    """Judge windows of a source; reference and windows are drawn afresh."""
    rng = np.random.default_rng([seed, rows])
    result = NoDrift(source.name, rows)
    while result.windows < windows:
        monitor = draw_monitor(source, rng)
        for _ in range(min(PER_REFERENCE, windows - result.windows)):
            result.add(monitor.judge(source.draw(rows, rng)))
    return result
