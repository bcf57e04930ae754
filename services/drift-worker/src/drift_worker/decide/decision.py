"""What to do about the findings: a pure function of findings, number of rows and policy."""

from collections.abc import Sequence
from dataclasses import dataclass

from drift_worker.findings import Finding, Verdict, drifted_features, prediction_drifted


@dataclass(frozen=True, slots=True)
class Policy:
    """The limits by which a window is decided."""

    min_rows: int
    """Fewer rows than this are INSUFFICIENT_DATA."""

    drift_share_threshold: float
    """The drift share, from 0 to 1, from which retraining is triggered."""


def drift_share(findings: Sequence[Finding]) -> float | None:
    """The share of drifted features among all features, from 0 to 1; None where no feature was compared.

    Only features count: never the model's own output, the label, ids, dates or data quality.
    """
    features = sum(finding.kind == "feature_drift" for finding in findings)
    return len(drifted_features(findings)) / features if features else None


def decide(
    findings: Sequence[Finding], *, rows: int, policy: Policy, target_drift: float | None = None
) -> Verdict:
    """Decide on a window of `rows` rows; `target_drift` is told in the verdict and decides nothing."""
    share = drift_share(findings)
    if rows < policy.min_rows or share is None:
        decision, reason = "INSUFFICIENT_DATA", _too_few(rows, policy.min_rows)
    elif share >= policy.drift_share_threshold:
        decision, reason = "RETRAINING_TRIGGERED", _comparison(share, ">=", policy.drift_share_threshold)
    else:
        decision, reason = "NO_ACTION", _comparison(share, "<", policy.drift_share_threshold)
    return Verdict.model_validate(
        {
            "decision": decision,
            "reasons": [reason, *_drifted(findings)],
            "drift_share": share,
            "drift_share_threshold": policy.drift_share_threshold,
            "target_drift": target_drift,
        }
    )


def decision_line(verdict: Verdict, report_html: str | None, report_json: str | None) -> str:
    """The one line by which users know a decision; figures have two digits, an absent figure is n/a."""
    return (
        f"[Evidently] report_html={report_html or 'n/a'} report_json={report_json or 'n/a'} "
        f"drift_share={_two_digits(verdict.drift_share)} -> {verdict.decision} {verdict.reasons[0]} "
        f"(target_drift={_two_digits(verdict.target_drift)})"
    )


def _too_few(rows: int, min_rows: int) -> str:
    return f"rows={rows} < {min_rows}" if rows < min_rows else "no feature was evaluated"


def _comparison(share: float, sign: str, threshold: float) -> str:
    digits = 2
    while sign == "<" and f"{share:.{digits}f}" == f"{threshold:.{digits}f}":
        digits += 1  # 0.296 < 0.300 says what 0.30 < 0.30 would not
    return f"drift_share={share:.{digits}f} {sign} {threshold:.{digits}f}"


def _drifted(findings: Sequence[Finding]) -> list[str]:
    names = drifted_features(findings)
    features = [f"drifted features: {', '.join(names)}"] if names else []
    return features + (["the model's own output drifted"] if prediction_drifted(findings) else [])


def _two_digits(value: float | None) -> str:
    return "n/a" if value is None else f"{value:.2f}"
