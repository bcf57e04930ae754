"""What the sweep publishes: each instrument, and how it is read off the status."""

from collections.abc import Callable, Iterable, Iterator
from typing import Final, get_args

from opentelemetry.metrics import Observation

from drift_worker.findings import Decision, Finding, FindingKind
from drift_worker.record.evaluation import Evaluation, EvaluationStatus
from drift_worker.show.status import ModelStatus, Status

Observe = Callable[[Status], Iterable[Observation]]
Instrument = tuple[str, str, str, Observe]
"""Name, unit, description, and what is observed."""


def _per_model(value: Callable[[ModelStatus], float]) -> Observe:
    return lambda status: [Observation(value(model), {"model": model.model}) for model in status.models]


def _latest(value: Callable[[Evaluation], float | None], *, versioned: bool = False) -> Observe:
    """Of each model's newest evaluation; a figure that it lacks is left out, never 0."""

    def observe(status: Status) -> Iterator[Observation]:
        for model in status.models:
            figure = value(model.latest) if model.latest else None
            if model.latest and figure is not None:
                version = {"model_version": model.latest.model_version} if versioned else {}
                yield Observation(figure, {"model": model.model, **version})

    return observe


def _findings(
    kind: FindingKind,
    value: Callable[[Finding], float | None],
    *,
    labels: Callable[[Finding], dict[str, str]],
) -> Observe:
    def observe(status: Status) -> Iterator[Observation]:
        for model in status.models:
            for finding in model.latest.findings if model.latest else []:
                figure = value(finding) if finding.kind == kind else None
                if figure is not None:
                    yield Observation(figure, {"model": model.model, **labels(finding)})

    return observe


def _feature(finding: Finding) -> dict[str, str]:
    return {"feature": finding.column}


def _feature_and_method(finding: Finding) -> dict[str, str]:
    return {"feature": finding.column, "drift_method": finding.method}


def _method(finding: Finding) -> dict[str, str]:
    return {"drift_method": finding.method}


def _tally(prefix: str, label: str, values: Iterable[str], *, absent: int | None = 0) -> Observe:
    """How often, or when, each value came up; one that never did is `absent`, or left out."""

    def observe(status: Status) -> Iterator[Observation]:
        for model in status.models:
            for value in values:
                count = model.tally.get(f"{prefix}:{value}", absent)
                if count is not None:
                    yield Observation(count, {"model": model.model, label: value})

    return observe


def _ledger(status: Status) -> Iterator[Observation]:
    for model in status.models:
        for state, records in model.ledger.model_dump().items():
            yield Observation(records, {"model": model.model, "state": state})


def _queue(status: Status) -> list[Observation]:
    return [
        Observation(status.queued, {"state": "queued"}),
        Observation(status.started, {"state": "started"}),
    ]


_DECISIONS: Final = get_args(Decision)
_STATUSES: Final = get_args(EvaluationStatus)

COUNTERS: Final[tuple[Instrument, ...]] = (
    (
        "drift.windows",
        "{window}",
        "Evaluations committed, by status; a window that is retried counts again",
        _tally("windows", "status", _STATUSES),
    ),
    ("drift.decisions", "{decision}", "Decisions taken", _tally("decisions", "action", _DECISIONS)),
)

GAUGES: Final[tuple[Instrument, ...]] = (
    (
        "feature.log.stream.records",
        "{record}",
        "Records in the model's streams",
        _per_model(lambda model: model.stream_records),
    ),
    (
        "feature.log.ledger.records",
        "{record}",
        "The ledger: records by the state they are accounted for in",
        _ledger,
    ),
    (
        "feature.log.ledger.imbalance.records",
        "{record}",
        "Records that the ledger's sums differ by; 0 is balanced",
        _per_model(lambda model: model.imbalance),
    ),
    (
        "drift.window.open.rows",
        "{record}",
        "Records in the window that is being filled",
        _per_model(lambda model: model.ledger.open),
    ),
    (
        "drift.windows.pending",
        "{window}",
        "Closed windows without an evaluation",
        _per_model(lambda model: model.pending),
    ),
    (
        "drift.window.pending.age",
        "s",
        "How long the oldest pending window has been closed",
        _per_model(lambda model: model.oldest_pending_seconds),
    ),
    (
        "drift.window.rows",
        "{record}",
        "Rows of the last evaluated window",
        _latest(lambda latest: latest.rows),
    ),
    (
        "drift.window.last.timestamp",
        "s",
        "Time of the last record of the last evaluated window",
        _latest(lambda latest: latest.last_timestamp),
    ),
    (
        "drift.share.ratio",
        "1",
        "Share of the features that drifted in the last evaluated window",
        _latest(lambda latest: latest.drift_share, versioned=True),
    ),
    (
        "drift.share.threshold.ratio",
        "1",
        "The drift share from which retraining is decided",
        _latest(lambda latest: latest.drift_share_threshold, versioned=True),
    ),
    (
        "drift.feature.score",
        "",
        "A feature's drift score; not comparable between methods",
        _findings("feature_drift", lambda finding: finding.score, labels=_feature_and_method),
    ),
    (
        "drift.feature.threshold",
        "",
        "The threshold of that score",
        _findings("feature_drift", lambda finding: finding.threshold, labels=_feature_and_method),
    ),
    (
        "drift.feature.detected",
        "",
        "1 where the feature drifted, else 0",
        _findings("feature_drift", lambda finding: int(finding.drifted), labels=_feature),
    ),
    (
        "drift.prediction.score",
        "",
        "The drift score of the model's own scores",
        _findings("prediction_drift", lambda finding: finding.score, labels=_method),
    ),
    (
        "drift.prediction.threshold",
        "",
        "The threshold of that score",
        _findings("prediction_drift", lambda finding: finding.threshold, labels=_method),
    ),
    (
        "drift.prediction.detected",
        "",
        "1 where the model's scores drifted, else 0",
        _findings("prediction_drift", lambda finding: int(finding.drifted), labels=_method),
    ),
    (
        "drift.decision.last.timestamp",
        "s",
        "When each kind of decision was last taken",
        _tally("decided_at", "action", _DECISIONS, absent=None),
    ),
    ("drift.queue.jobs", "{job}", "Jobs in the RQ queue", _queue),
    (
        "drift.workers",
        "{worker}",
        "Workers whose heartbeat is fresh",
        lambda status: [Observation(status.workers)],
    ),
)
