"""Evaluated windows: what drifted, what is estimated, and what was decided."""

from typing import Final, get_args

from drift_worker.findings import ACTIONS, Decision, Severity
from drift_worker.record.evaluation import EvaluationStatus
from drift_worker.show.figures.instruments.instrument import Instrument
from drift_worker.show.figures.observations import (
    breaks,
    decided_at,
    estimated,
    feature,
    feature_and_method,
    findings,
    lasting,
    latest,
    output,
    output_and_method,
    tally,
)

DEVIATIONS: Final = "{standard_deviation}"
"""The unit of a size; in braces, so that it is no part of a name."""

_DECISIONS: Final = get_args(Decision)
_STATUSES: Final = get_args(EvaluationStatus)
_SEVERITIES: Final[dict[Severity | None, int]] = {None: 0, "low": 1, "high": 2}

COUNTERS: Final[tuple[Instrument, ...]] = (
    (
        "drift.windows",
        "{window}",
        "Evaluations committed, by status; a window that is retried counts again",
        tally("windows", "status", _STATUSES),
    ),
    ("drift.decisions", "{decision}", "Decisions taken", tally("decisions", "action", _DECISIONS)),
    (
        "drift.incidents",
        "{incident}",
        "Incidents: windows in a row whose action has the same cause count once",
        tally("incidents", "action", sorted(ACTIONS)),
    ),
)

GAUGES: Final[tuple[Instrument, ...]] = (
    (
        "drift.window.rows",
        "{record}",
        "Rows of the last evaluated window",
        latest(lambda newest: newest.rows),
    ),
    (
        "drift.window.last.timestamp",
        "s",
        "Time of the last record of the last evaluated window",
        latest(lambda newest: newest.last_timestamp),
    ),
    (
        "drift.share.ratio",
        "1",
        "Share of the features that drifted in the last evaluated window",
        latest(lambda newest: newest.drift_share),
    ),
    (
        "drift.share.threshold.ratio",
        "1",
        "The drift share from which retraining is decided",
        latest(lambda newest: newest.drift_share_threshold),
    ),
    (
        "drift.feature.score",
        "",
        "A feature's drift score; not comparable between methods",
        findings("feature_drift", lambda finding: finding.score, labels=feature_and_method),
    ),
    (
        "drift.feature.threshold",
        "",
        "The threshold of that score",
        findings("feature_drift", lambda finding: finding.threshold, labels=feature_and_method),
    ),
    (
        "drift.feature.size",
        DEVIATIONS,
        "How far a feature moved, in standard deviations of the reference",
        findings("feature_drift", lambda finding: finding.size, labels=feature_and_method),
    ),
    (
        "drift.feature.chance.ratio",
        "1",
        "How often chance alone moves a feature as far; a feature that can't be tested has none",
        findings("feature_drift", lambda finding: finding.p_value, labels=feature),
    ),
    (
        "drift.feature.broken",
        "",
        "1 where a feature is broken in the last evaluated window, 0 where it is not",
        breaks,
    ),
    (
        "drift.feature.detected",
        "",
        "1 where the feature drifted, else 0",
        findings("feature_drift", lambda finding: int(finding.drifted), labels=feature),
    ),
    (
        "drift.feature.lasting",
        "",
        "1 where a feature moved a little over the last 8 or 64 windows, else 0",
        lasting("feature_drift", feature),
    ),
    (
        "drift.prediction.lasting",
        "",
        "1 where a column of the model's own output moved a little over the last 8 or 64 windows, else 0",
        lasting("prediction_drift", output),
    ),
    (
        "drift.prediction.score",
        "",
        "The drift score of a column of the model's own output",
        findings("prediction_drift", lambda finding: finding.score, labels=output_and_method),
    ),
    (
        "drift.prediction.threshold",
        "",
        "The threshold of that score",
        findings("prediction_drift", lambda finding: finding.threshold, labels=output_and_method),
    ),
    (
        "drift.prediction.size",
        DEVIATIONS,
        "How far a column of the model's own output moved, in standard deviations of the reference",
        findings("prediction_drift", lambda finding: finding.size, labels=output_and_method),
    ),
    (
        "drift.prediction.detected",
        "",
        "1 where the column drifted, else 0",
        findings("prediction_drift", lambda finding: int(finding.drifted), labels=output_and_method),
    ),
    (
        "quality.estimate",
        "",
        "A figure of the model's quality in the last evaluated window, estimated without labels",
        estimated(lambda figure: figure.value),
    ),
    (
        "quality.estimate.reference",
        "",
        "The same figure of the bundle's reference, measured by its labels",
        estimated(lambda figure: figure.reference),
    ),
    (
        "drift.decision.severity",
        "",
        "How much the action of the last evaluated window matters: 2 is high, 1 low, 0 no action",
        latest(lambda newest: _SEVERITIES[newest.severity]),
    ),
    (
        "drift.decision.last.timestamp",
        "s",
        "When each kind of decision was last taken",
        decided_at(_DECISIONS),
    ),
)
