"""Findings for tests of what is made of them."""

from drift_worker.findings import Finding, FindingKind


def finding(kind: FindingKind = "feature_drift", *, column: str = "fee", drifted: bool = False) -> Finding:
    """A finding that drifted or not."""
    return Finding(kind=kind, column=column, method="K-S p_value", score=0.5, threshold=0.05, drifted=drifted)


def features(drifted: int, of: int) -> list[Finding]:
    """As many features, of which the first ones drifted."""
    return [finding(column=f"f{number}", drifted=number < drifted) for number in range(of)]
