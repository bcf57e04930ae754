"""How much an action matters, and what it is about."""

from collections.abc import Mapping, Sequence
from typing import Final

from drift_worker.findings import (
    ACTIONS,
    Decision,
    Finding,
    Severity,
    broken,
    drifted_features,
    strong_features,
)

SEVERE_WEIGHT: Final = 0.3
"""An action is severe when the features concerned have this share of the features' importance."""

SEVERE_DISTANCE: Final = 0.3
"""An action is severe when the model's output moved this far, in standard deviations of the reference."""


def severity_of(
    decision: Decision,
    findings: Sequence[Finding],
    importance: Mapping[str, float],
    *,
    worse_by_labels: bool = False,
) -> Severity | None:
    """The severity of an action.

    It is high where labels say that the model is worse, where it relies on what changed, or where its output
    moved.
    """
    if decision not in ACTIONS:
        return None
    moved = any(
        each.kind == "prediction_drift" and each.drifted and (each.size or 0.0) >= SEVERE_DISTANCE
        for each in findings
    )
    weighty = weight_of(concerned(findings), importance) >= SEVERE_WEIGHT
    return "high" if worse_by_labels or moved or weighty else "low"


def weight_of(columns: set[str], importance: Mapping[str, float]) -> float:
    """The share of the features' importance that these columns have, from 0 to 1; below 0 counts as 0."""
    worth = {name: max(value, 0.0) for name, value in importance.items()}
    total = sum(worth.values())
    return sum(value for name, value in worth.items() if name in columns) / total if total else 0.0


def concerned(findings: Sequence[Finding]) -> set[str]:
    """The columns that drifted, are broken, or have a relation that changed."""
    return {*drifted_features(findings)} | {
        name for each in broken(findings) for name in (each.column, each.other) if name is not None
    }


def causes_of(decision: Decision, findings: Sequence[Finding]) -> list[str]:
    """What an action is about: `drift`, or each column or relation that someone should look at."""
    if decision == "RETRAINING_TRIGGERED":
        return ["drift"]
    if decision != "INVESTIGATE":
        return []
    return sorted({_cause(each) for each in broken(findings) or strong_features(findings)})


def _cause(finding: Finding) -> str:
    columns = f"{finding.column} and {finding.other}" if finding.other else finding.column
    what = "moved" if finding.kind == "feature_drift" else finding.method
    return f"{columns}: {what}"
