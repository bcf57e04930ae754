"""What to do about the findings: a pure function of findings, number of rows and policy."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Self

from contract.schema import Schema

from drift_worker.decide.severity import causes_of, severity_of
from drift_worker.decide.table import Evidence, rule
from drift_worker.findings import (
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
    return evidence_of(findings, rows=0).drift_share


def evidence_of(findings: Sequence[Finding], *, rows: int) -> Evidence:
    """The findings as the table of decisions needs them.

    Where chance was not judged, a drifted feature counts as beyond chance.
    """
    features = [each for each in findings if each.kind == "feature_drift"]
    drifted = [each for each in features if each.drifted]
    return Evidence(
        rows=rows,
        features=len(features),
        drifted=drifted_features(findings),
        beyond_chance=[each.column for each in drifted if each.beyond_chance is not False],
        strong=[each.detail or each.column for each in strong_features(findings)],
        broken=[each.detail or each.column for each in broken(findings)],
    )


def decide(
    findings: Sequence[Finding],
    *,
    rows: int,
    policy: Policy,
    importance: Mapping[str, float] = MappingProxyType({}),
    target_drift: float | None = None,
) -> Verdict:
    """Decide on a window of `rows` rows.

    `importance` says what each feature is worth to the model, for the severity; `target_drift` is told in the
    verdict and decides nothing.
    """
    evidence = evidence_of(findings, rows=rows)
    ruling = rule(evidence, min_rows=policy.min_rows, drift_share_threshold=policy.drift_share_threshold)
    return Verdict(
        decision=ruling.decision,
        reasons=[*ruling.reasons, *_drifted(findings)],
        severity=severity_of(ruling.decision, findings, importance),
        causes=causes_of(ruling.decision, findings),
        drift_share=evidence.drift_share,
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


def _drifted(findings: Sequence[Finding]) -> list[str]:
    names = drifted_features(findings)
    features = [f"drifted features: {', '.join(names)}"] if names else []
    return features + (["the model's own output drifted"] if prediction_drifted(findings) else [])


def _two_digits(value: float | None) -> str:
    return "n/a" if value is None else f"{value:.2f}"
