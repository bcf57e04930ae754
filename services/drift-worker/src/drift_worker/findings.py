"""What detection finds in a window, and what is decided from it."""

from collections.abc import Iterable
from typing import Literal

from pydantic import BaseModel, ConfigDict

Decision = Literal["NO_ACTION", "RETRAINING_TRIGGERED", "INVESTIGATE", "INSUFFICIENT_DATA"]
FindingKind = Literal["feature_drift", "prediction_drift", "data_quality", "relation", "lasting"]
Severity = Literal["high", "low"]

BREAKS: tuple[str, ...] = (
    "missing",
    "out of range",
    "never seen",
    "constant",
    "stale",
    "swapped",
    "relation changed",
)
"""What may be wrong with a column, as the method of its finding."""

ACTIONS: frozenset[Decision] = frozenset({"RETRAINING_TRIGGERED", "INVESTIGATE"})
"""The decisions that call somebody."""

MEASURABLE = 1e6
"""A size from this on, in standard deviations, is told by its power of ten."""

FROZEN = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Finding(BaseModel):
    """One thing that was measured; compare `drifted` and `size` between methods, never scores."""

    model_config = FROZEN

    kind: FindingKind
    column: str
    other: str | None = None
    """The second column of a relation."""
    method: str
    score: float | None
    threshold: float | None
    size: float | None = None
    """How far a column moved, in standard deviations of the reference."""
    p_value: float | None = None
    """How often chance alone brings as much, from 0 to 1."""
    drifted: bool
    beyond_chance: bool | None = None
    """Whether it may cause an action alone or with others; None where chance was not judged."""
    strong: bool = False
    """Whether a column moved so far, beyond chance, that somebody should look at it alone."""
    before: float | None = None
    """A share of the reference's rows, or a correlation in the reference."""
    now: float | None = None
    """The same of the window."""
    detail: str | None = None
    """What was found, as a sentence for people."""


class Verdict(BaseModel):
    """What was decided from the findings, and why."""

    model_config = FROZEN

    decision: Decision
    reasons: list[str]
    severity: Severity | None = None
    """How much an action matters; None where there is no action."""
    importance: float | None = None
    """The share of the features' importance that what changed has, from 0 to 1; None where none is known."""
    worse_by_labels: bool = False
    """Whether the newest evaluation of the model's quality by labels had found it worse."""
    causes: list[str] = []
    """What an action is about; consecutive windows with the same cause are one incident."""
    drift_share: float | None
    drift_share_threshold: float
    target_drift: float | None


def drifted_features(findings: Iterable[Finding]) -> list[str]:
    """The names of the features that drifted, the largest change first, else in the order of the findings."""
    drifted = [each for each in findings if each.kind == "feature_drift" and each.drifted]
    return [each.column for each in sorted(drifted, key=lambda each: -(each.size or 0.0))]


def strong_features(findings: Iterable[Finding]) -> list[Finding]:
    """The features that moved far and beyond chance, the largest change first."""
    strong = [each for each in findings if each.kind == "feature_drift" and each.strong]
    return sorted(strong, key=lambda each: -(each.size or 0.0))


def prediction_drifted(findings: Iterable[Finding]) -> bool:
    """Whether the model's own output drifted."""
    return any(each.kind == "prediction_drift" and each.drifted for each in findings)


def broken(findings: Iterable[Finding]) -> list[Finding]:
    """What is broken beyond chance: columns, and relations that changed."""
    return [each for each in findings if each.kind in ("data_quality", "relation") and each.beyond_chance]


def deviations(size: float) -> str:
    """A size with two digits after the point, or with a power of ten where it is beyond all measure."""
    return f"{size:.2f}" if size < MEASURABLE else f"{size:.1e}"
