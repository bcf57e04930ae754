"""The table of decisions: what to do about a window, from what was found in it."""

from collections.abc import Sequence
from dataclasses import dataclass

from drift_worker.findings import Decision


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was found in a window, as the decision needs it; only features are drifted or strong."""

    rows: int
    features: int
    drifted: Sequence[str]
    """The names of the features that drifted, the largest change first."""
    beyond_chance: Sequence[str]
    """The drifted features whose change is beyond chance."""
    strong: Sequence[str]
    """A sentence for each feature that moved far and beyond chance."""
    broken: Sequence[str]
    """A sentence for each column that is broken and each relation that changed."""

    @property
    def drift_share(self) -> float | None:
        """The share of drifted features among all features, from 0 to 1; None where there is none."""
        return len(self.drifted) / self.features if self.features else None


@dataclass(frozen=True, slots=True)
class Ruling:
    """A decision, and its reasons in words, the most important first."""

    decision: Decision
    reasons: tuple[str, ...]


def rule(evidence: Evidence, *, min_rows: int, drift_share_threshold: float) -> Ruling:
    """Decide by the first row of the table that holds."""
    share = evidence.drift_share
    if evidence.rows < min_rows:
        return Ruling("INSUFFICIENT_DATA", (f"rows={evidence.rows} < {min_rows}",))
    if share is None:
        return Ruling("INSUFFICIENT_DATA", ("no feature was evaluated",))
    comparison = share_comparison(share, drift_share_threshold)
    if evidence.broken:
        return Ruling("INVESTIGATE", (*evidence.broken, comparison))
    if share >= drift_share_threshold and evidence.beyond_chance:
        return Ruling("RETRAINING_TRIGGERED", (comparison,))
    if share >= drift_share_threshold:
        comparison += ", within chance"
    if evidence.strong:
        return Ruling("INVESTIGATE", (*evidence.strong, comparison))
    return Ruling("NO_ACTION", (comparison,))


def share_comparison(share: float, threshold: float) -> str:
    """Compare the drift share with its threshold, with two digits or as many more as show the difference."""
    sign, digits = ">=" if share >= threshold else "<", 2
    while sign == "<" and f"{share:.{digits}f}" == f"{threshold:.{digits}f}":
        digits += 1  # 0.296 < 0.300 says what 0.30 < 0.30 would not
    return f"drift_share={share:.{digits}f} {sign} {threshold:.{digits}f}"
