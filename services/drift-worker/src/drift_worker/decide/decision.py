"""What to do about an evaluation: a pure function of findings, row counts and thresholds."""

from collections.abc import Sequence

from drift_worker.record.evaluation import Evaluation, Finding, Verdict


def drift_share(findings: Sequence[Finding]) -> float | None:
    """The share of drifted features among all features, from 0 to 1; None where none was evaluated.

    Only features count: never the model's own output, the label, ids, dates or data quality.
    """
    features = [finding for finding in findings if finding.kind == "feature_drift"]
    return sum(finding.drifted for finding in features) / len(features) if features else None


def decide(
    findings: Sequence[Finding],
    *,
    rows: int,
    min_rows: int,
    drift_share_threshold: float,
    target_drift: float | None = None,
) -> Verdict:
    """Decide on a window of `rows` rows; `target_drift` is information and decides nothing."""
    share = drift_share(findings)
    if rows < min_rows or share is None:
        decision, reason = "INSUFFICIENT_DATA", _too_few(rows, min_rows)
    elif share >= drift_share_threshold:
        decision, reason = "RETRAINING_TRIGGERED", _comparison(share, ">=", drift_share_threshold)
    else:
        decision, reason = "NO_ACTION", _comparison(share, "<", drift_share_threshold)
    return Verdict.model_validate(
        {
            "decision": decision,
            "reasons": [reason, *_drifted(findings)],
            "drift_share": share,
            "drift_share_threshold": drift_share_threshold,
            "target_drift": target_drift,
        }
    )


def decision_line(verdict: Verdict, report_html: str | None, report_json: str | None) -> str:
    """The one line by which users know a decision; figures have two digits, what is absent is n/a."""
    return (
        f"[Evidently] report_html={report_html or 'n/a'} report_json={report_json or 'n/a'} "
        f"drift_share={_two_digits(verdict.drift_share)} -> {verdict.decision} {verdict.reasons[0]} "
        f"(target_drift={_two_digits(verdict.target_drift)})"
    )


def decision_line_of(evaluation: Evaluation) -> str:
    """The same line of a committed evaluation; one without a decision says its status and why."""
    if evaluation.decision is None:
        return f"[Evidently] window={evaluation.window_id} -> {evaluation.status}: {evaluation.reasons[0]}"
    verdict = Verdict.model_validate(evaluation, from_attributes=True)
    html, json = (evaluation.reports.html, evaluation.reports.json_) if evaluation.reports else (None, None)
    return decision_line(verdict, report_html=html, report_json=json)


def _too_few(rows: int, min_rows: int) -> str:
    return f"rows={rows} < {min_rows}" if rows < min_rows else "no feature was evaluated"


def _comparison(share: float, sign: str, threshold: float) -> str:
    digits = 2
    while sign == "<" and f"{share:.{digits}f}" == f"{threshold:.{digits}f}":
        digits += 1  # 0.296 < 0.300 says what 0.30 < 0.30 would not
    return f"drift_share={share:.{digits}f} {sign} {threshold:.{digits}f}"


def _drifted(findings: Sequence[Finding]) -> list[str]:
    names = [finding.column for finding in findings if finding.kind == "feature_drift" and finding.drifted]
    reasons = [f"drifted features: {', '.join(names)}"] if names else []
    output = [f for f in findings if f.kind == "prediction_drift" and f.drifted]
    return reasons + (["the model's own output drifted"] if output else [])


def _two_digits(value: float | None) -> str:
    return "n/a" if value is None else f"{value:.2f}"
