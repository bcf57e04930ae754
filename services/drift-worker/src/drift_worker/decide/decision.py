"""What to do about the findings: a pure function of findings, number of rows and policy."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Self

from contract.schema import Schema
from drift_worker.decide.severity import causes_of, concerned, severity_of, weight_of
from drift_worker.findings import (
    Decision,
    Finding,
    Verdict,
    broken,
    drifted_features,
    prediction_drifted,
    strong_features,
)


@dataclass(frozen=True, slots=True)
class Policy:
    """The limits by which a window is decided."""

    min_rows: int
    """Fewer rows than this are INSUFFICIENT_DATA."""

    drift_share_threshold: float
    """The drift share, from 0 to 1, from which retraining is triggered."""

    alert_budget: float = 1.0
    """The false actions that are accepted in 2,160 windows, above 0."""

    def for_schema(self, schema: Schema) -> Self:
        """The policy for a model, whose schema may have an alert budget of its own."""
        return self if schema.alert_budget is None else replace(self, alert_budget=schema.alert_budget)


def drift_share(findings: Sequence[Finding]) -> float | None:
    """The share of drifted features among all features, from 0 to 1; None where no feature was compared.

    Only features count: never the model's own output, the label, ids, dates or data quality.
    """
    features = [each for each in findings if each.kind == "feature_drift"]
    if not any(each.drifted or each.score is not None for each in features):
        return None
    return len(drifted_features(findings)) / len(features)


def decide(
    findings: Sequence[Finding],
    *,
    rows: int,
    policy: Policy,
    importance: Mapping[str, float] = MappingProxyType({}),
    target_drift: float | None = None,
    notes: Sequence[str] = (),
    worse_by_labels: bool = False,
) -> Verdict:
    """Decide on a window of `rows` rows.

    `importance` says what each feature is worth to the model, and `worse_by_labels` whether its labels found
    it worse, both for the severity. `target_drift` is told in the verdict and decides nothing, and so do the
    notes.
    """
    share = drift_share(findings)
    decision, reasons = _rule(findings, share, rows, policy)
    return Verdict(
        decision=decision,
        reasons=[*reasons, *_drifted(findings), *_lasting(findings), *notes] or ["no feature was evaluated"],
        severity=severity_of(decision, findings, importance, worse_by_labels=worse_by_labels),
        importance=weight_of(concerned(findings), importance) if importance else None,
        worse_by_labels=worse_by_labels,
        causes=causes_of(decision, findings),
        drift_share=share,
        drift_share_threshold=policy.drift_share_threshold,
        target_drift=target_drift,
    )


def decision_line(verdict: Verdict, report_html: str | None, report_json: str | None) -> str:
    """The one line by which users know a decision; figures have two digits, an absent figure is n/a."""
    return (
        f"[Evidently] report_html={report_html or 'n/a'} report_json={report_json or 'n/a'} "
        f"drift_share={_two_digits(verdict.drift_share)} -> {verdict.decision} {verdict.reasons[0]} "
        f"(target_drift={_two_digits(verdict.target_drift)})"
    )


def _rule(
    findings: Sequence[Finding], share: float | None, rows: int, policy: Policy
) -> tuple[Decision, list[str]]:
    """The table of decisions, whose first row that holds decides; the most important reason comes first."""
    if rows < policy.min_rows:
        return "INSUFFICIENT_DATA", [f"rows={rows} < {policy.min_rows}", *map(_told, broken(findings))]
    comparison = None if share is None else _comparison(share, policy.drift_share_threshold)
    if found := broken(findings):
        return "INVESTIGATE", [*map(_told, found), *([comparison] if comparison else [])]
    if share is None or comparison is None:
        return "INSUFFICIENT_DATA", []
    if share >= policy.drift_share_threshold:
        if _beyond_chance(findings):
            return "RETRAINING_TRIGGERED", [comparison]
        comparison += ", within chance"
    if strong := strong_features(findings):
        return "INVESTIGATE", [*map(_told, strong), comparison]
    return "NO_ACTION", [comparison]


def _beyond_chance(findings: Sequence[Finding]) -> bool:
    """Whether any feature drifted beyond chance; where chance was not judged, each that drifted did."""
    return any(
        each.kind == "feature_drift" and each.drifted and each.beyond_chance is not False for each in findings
    )


def _told(finding: Finding) -> str:
    return finding.detail or finding.column


def _comparison(share: float, threshold: float) -> str:
    """The drift share beside its threshold, with two digits or as many more as show the difference."""
    sign, digits = ">=" if share >= threshold else "<", 2
    while sign == "<" and f"{share:.{digits}f}" == f"{threshold:.{digits}f}":
        digits += 1  # 0.296 < 0.300 says what 0.30 < 0.30 would not
    return f"drift_share={share:.{digits}f} {sign} {threshold:.{digits}f}"


def _drifted(findings: Sequence[Finding]) -> list[str]:
    names = drifted_features(findings)
    features = [f"drifted features: {', '.join(names)}"] if names else []
    return features + (["the model's own output drifted"] if prediction_drifted(findings) else [])


def _lasting(findings: Sequence[Finding]) -> list[str]:
    """Small changes that last: they are told, and decide nothing."""
    return [f"lasting: {_told(each)}" for each in findings if each.kind == "lasting"]


def _two_digits(value: float | None) -> str:
    return "n/a" if value is None else f"{value:.2f}"
