"""What detection finds in a window, and what is decided from it."""

from collections.abc import Iterable
from typing import Literal

from pydantic import BaseModel, ConfigDict

Decision = Literal["NO_ACTION", "RETRAINING_TRIGGERED", "INSUFFICIENT_DATA"]
FindingKind = Literal["feature_drift", "prediction_drift", "data_quality"]

FROZEN = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Finding(BaseModel):
    """One thing that was measured; compare `drifted` between methods, never scores."""

    model_config = FROZEN

    kind: FindingKind
    column: str
    method: str
    score: float | None
    threshold: float | None
    drifted: bool
    detail: str | None = None


class Verdict(BaseModel):
    """What was decided from the findings, and why."""

    model_config = FROZEN

    decision: Decision
    reasons: list[str]
    drift_share: float | None
    drift_share_threshold: float
    target_drift: float | None


def drifted_features(findings: Iterable[Finding]) -> list[str]:
    """The names of the features that drifted, in the order of the findings."""
    return [each.column for each in findings if each.kind == "feature_drift" and each.drifted]


def prediction_drifted(findings: Iterable[Finding]) -> bool:
    """Whether the model's own output drifted."""
    return any(each.kind == "prediction_drift" and each.drifted for each in findings)
