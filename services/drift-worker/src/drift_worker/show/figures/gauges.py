"""What the sweep publishes: each instrument, and how it is read off the status."""

from typing import Final, get_args

from opentelemetry.metrics import Observation

from drift_worker.findings import ACTIONS, Decision, Severity
from drift_worker.record.evaluation import EvaluationStatus
from drift_worker.show.figures.labels import labels_by_reason, per_model
from drift_worker.show.figures.observations import (
    Observe,
    breaks,
    decided_at,
    estimated,
    feature,
    feature_and_method,
    findings,
    jobs_by_state,
    lasting,
    latest,
    output,
    output_and_method,
    per_version,
    records_by_state,
    tally,
)
from drift_worker.show.figures.quality import (
    delays,
    evaluated_at,
    figure,
    label_levels,
    newest_quality,
    of_stretch,
    of_stretches,
    predictions,
    reference_levels,
    standing_actions,
)

Instrument = tuple[str, str, str, Observe]
"""Name, unit, description, and what is observed."""

DEVIATIONS: Final = "{standard_deviation}"
"""The unit of a size; in braces, so that it is no part of a name."""

_DECISIONS: Final = get_args(Decision)
QUALITY_DECISIONS: Final[tuple[Decision, ...]] = ("NO_ACTION", "RETRAINING_TRIGGERED", "INSUFFICIENT_DATA")
"""What may be decided from labels."""

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
    (
        "quality.decisions",
        "{decision}",
        "Decisions taken from labels",
        tally("quality", "action", QUALITY_DECISIONS),
    ),
    (
        "quality.incidents",
        "{incident}",
        "Incidents: actions from labels that no other action stands before",
        per_version(lambda version: version.tally.get("quality_incidents", 0)),
    ),
)

QUALITY_GAUGES: Final[tuple[Instrument, ...]] = (
    (
        "quality.figure",
        "",
        "A figure of the model's quality by its newest labels",
        figure(lambda each: each.value),
    ),
    (
        "quality.figure.low",
        "",
        "The lower end of its 95 % interval",
        figure(lambda each: each.low),
    ),
    (
        "quality.figure.high",
        "",
        "The upper end of its 95 % interval",
        figure(lambda each: each.high),
    ),
    (
        "quality.reference",
        "",
        "The same figure of the reference, out of fold",
        figure(lambda each: each.reference),
    ),
    (
        "quality.z",
        "{standard_error}",
        "By how many standard errors of their difference the figure is worse than the reference's",
        figure(lambda each: each.z),
    ),
    (
        "quality.estimate.error",
        "",
        "The estimate of the same rows without their labels, minus the figure",
        figure(lambda each: each.estimate_error),
    ),
    (
        "quality.coverage.ratio",
        "1",
        "Share of the predictions that have a label",
        of_stretch(lambda each: each.coverage),
    ),
    (
        "quality.predictions",
        "{prediction}",
        "Predictions of the stretch, with a label and without one",
        of_stretches(predictions),
    ),
    (
        "quality.delay",
        "s",
        "Time from a prediction to its label, of half of the labels and of 95 of 100",
        of_stretches(delays),
    ),
    (
        "quality.label.level",
        "",
        "The share of a class among the labels, or their mean where they are numbers",
        of_stretches(label_levels),
    ),
    (
        "quality.label.reference",
        "",
        "The same of the reference's labels",
        of_stretches(reference_levels),
    ),
    (
        "quality.target.drift",
        "",
        "How far the labels moved from those of the reference",
        of_stretch(lambda each: each.target_drift),
    ),
    (
        "quality.action",
        "",
        "1 from an action on until an evaluation of quality decides otherwise, else 0",
        standing_actions,
    ),
    (
        "quality.last.timestamp",
        "s",
        "When the model's quality was last evaluated",
        newest_quality(evaluated_at),
    ),
)
"""Of each version's newest quality evaluation."""

GAUGES: Final[tuple[Instrument, ...]] = (
    (
        "feature.log.stream.records",
        "{record}",
        "Records in the model version's stream",
        per_version(lambda version: version.stream_records),
    ),
    (
        "feature.log.ledger.records",
        "{record}",
        "The ledger: records by the state they are accounted for in",
        records_by_state,
    ),
    (
        "feature.log.ledger.imbalance.records",
        "{record}",
        "Records that the ledger's sums differ by; 0 is balanced",
        per_version(lambda version: version.ledger.imbalance),
    ),
    (
        "drift.window.open.rows",
        "{record}",
        "Records in the window that is being filled",
        per_version(lambda version: version.ledger.open),
    ),
    (
        "drift.window.open.end.timestamp",
        "s",
        "When the period of the open window ends; of a window without a period there is none",
        per_version(lambda version: version.open_until),
    ),
    (
        "drift.windows.pending",
        "{window}",
        "Closed windows without an evaluation",
        per_version(lambda version: version.pending),
    ),
    (
        "drift.window.pending.age",
        "s",
        "How long the oldest pending window has been closed",
        per_version(lambda version: version.oldest_pending_seconds),
    ),
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
    (
        "label.ledger.labels",
        "{label}",
        "The label ledger: labels by the state they are accounted for in",
        per_model(lambda labels: labels.ledger.states, "state"),
    ),
    (
        "label.ledger.imbalance.labels",
        "{label}",
        "Labels that the label ledger's sums differ by; 0 is balanced",
        per_model(lambda labels: {"": labels.ledger.imbalance}),
    ),
    (
        "label.unmatched.labels",
        "{label}",
        "Labels that belong to no logged prediction, by reason",
        per_model(labels_by_reason, "reason"),
    ),
    (
        "label.waiting.age",
        "s",
        "How long the oldest label that waits for its prediction has waited",
        per_model(lambda labels: {"": labels.oldest_waiting_seconds}),
    ),
    (
        "label.last.timestamp",
        "s",
        "When labels last came",
        per_model(lambda labels: {"": labels.ledger.received_at}),
    ),
    *QUALITY_GAUGES,
    ("drift.queue.jobs", "{job}", "Jobs in the RQ queue of windows", jobs_by_state),
    (
        "drift.workers",
        "{worker}",
        "Workers whose heartbeat is fresh",
        lambda status: [Observation(status.workers)],
    ),
)
