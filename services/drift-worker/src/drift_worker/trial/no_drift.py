"""Windows without drift: how many of them act, and how many flag a feature."""

from collections import Counter
from dataclasses import dataclass, field

from drift_worker.findings import drifted_features
from drift_worker.trial.monitor import Judged


@dataclass(slots=True)
class NoDrift:
    """What happened in windows of one number of rows without drift."""

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
