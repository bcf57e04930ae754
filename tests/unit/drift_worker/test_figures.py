"""What the sweep publishes of versions side by side, of retired ones, and of what is broken."""

from datetime import UTC, datetime

import pytest

from contract.keys import Partition
from contract.ledger import Ledger
from contract.versions.served import STALE_AFTER, Served
from contract.versions.use import Use
from contract.windows import Window
from drift_worker.estimates import EstimatedFigure, QualityEstimate
from drift_worker.findings import BREAKS, Finding
from drift_worker.record.evaluation import Evaluation
from drift_worker.show.figures.gauges import COUNTERS, GAUGES
from drift_worker.show.figures.status import RedisMemory, Status, VersionStatus
from tests.support.evaluations.windows import evaluation_of

OLD, NEW = Partition("churn", "0123456789ab"), Partition("churn", "3f2a9c1b7d20")
OTHER = Partition("fraud", "aaaaaaaaaaaa")
NOW = 1_800_000_000.0

Series = dict[tuple[str, ...], float]
"""The values of one instrument by the values of their labels."""


def evaluated(partition: Partition, ago: float = 0.0, **changes: object) -> Evaluation:
    """An evaluation of a window whose last record is so many seconds old."""
    name = f"{partition.window_prefix}-1-0"
    window = Window(id=name, number=1, start="0-0", first="1-0", last="1-0", rows=300, reason="age")
    last_time = datetime.fromtimestamp(NOW - ago, UTC).isoformat()
    return evaluation_of(window, **partition.labels, last_time=last_time, **changes)


def use(
    marked: float | None = None,
    *,
    since: float = 3600,
    logged: float | None = None,
    retired: float | None = None,
) -> Use:
    """A version's use at NOW: how many seconds ago it was marked, logged last and retired."""
    return Use(
        now=_ms(0),
        served=None if marked is None else Served(since=_ms(since), last=_ms(marked)),
        recorded=None if logged is None else _ms(logged),
        retired=None if retired is None else _ms(retired),
    )


def _ms(ago: float) -> int:
    return round(1000 * (NOW - ago))


def version(
    partition: Partition,
    latest: Evaluation | None,
    open_until: float | None = None,
    used: Use | None = None,
) -> VersionStatus:
    """A version of which four windows were to be investigated, in two incidents; it is served."""
    return VersionStatus(
        partition=partition,
        use=used or use(marked=1),
        ledger=Ledger(accepted=7, appended=7, open=7),
        stream_records=7,
        pending=0,
        oldest_pending_seconds=0.0,
        open_until=open_until,
        tally={"decisions:INVESTIGATE": 4, "incidents:INVESTIGATE": 2, "decided_at:INVESTIGATE": 1_000},
        latest=latest,
    )


def published(name: str, *versions: VersionStatus) -> Series:
    """What an instrument tells of these versions."""
    memory = RedisMemory(used=1_500_000, limit=None)
    status = Status(every=list(versions), labels={}, queued=0, started=0, workers=1, memory=memory)
    (observe,) = (observe for each, _, _, observe in (*COUNTERS, *GAUGES) if each == name)
    return {
        tuple(str(value) for value in (each.attributes or {}).values()): each.value
        for each in observe(status)
    }


def test_two_versions_have_series_of_their_own() -> None:
    """Nothing of one is added to the other."""
    both = (
        version(OLD, evaluated(OLD, drift_share=0.1)),
        version(NEW, evaluated(NEW, drift_share=0.5)),
    )
    assert published("drift.share.ratio", *both) == {
        ("churn", OLD.version): 0.1,
        ("churn", NEW.version): 0.5,
    }
    assert published("drift.window.open.rows", *both) == {
        ("churn", OLD.version): 7,
        ("churn", NEW.version): 7,
    }


def test_the_end_of_the_open_window_is_told_where_there_is_one() -> None:
    """A window that is closed by its age has none; 0 would be a time in 1970."""
    both = version(OLD, None), version(NEW, None, open_until=NOW)
    assert published("drift.window.open.end.timestamp", *both) == {("churn", NEW.version): NOW}


def test_of_a_retired_version_only_what_is_counted_stays() -> None:
    """Its figures and the times of its decisions end, so that its alerts do."""
    both = version(OLD, evaluated(OLD), used=use(retired=60)), version(NEW, evaluated(NEW))
    counted = {name for name, *_ in COUNTERS}
    told = {
        name: {value for labels in published(name, *both) for value in labels[1:2]}
        for name, *_ in (*COUNTERS, *GAUGES)
    }
    assert all(told[name] == {OLD.version, NEW.version} for name in counted)
    assert all(
        OLD.version not in versions
        for name, versions in told.items()
        if name not in counted | {"model.version.retired", "drift.queue.jobs", "drift.workers"}
    )
    assert NEW.version in told["drift.decision.last.timestamp"], "which is what alerts ask"


@pytest.mark.parametrize(("ago", "told"), [(0, 1), (STALE_AFTER, 1), (STALE_AFTER + 1, 0), (90 * 86_400, 0)])
def test_a_version_is_served_until_its_mark_is_stale(ago: float, told: int) -> None:
    """Since when is told of one that is served."""
    marked = version(OLD, None, used=use(marked=ago, since=ago + 600))
    assert published("model.version.served", marked) == {("churn", OLD.version): told}
    since = published("model.version.served.since.timestamp", marked)
    assert since == ({("churn", OLD.version): NOW - ago - 600} if told else {})


def test_nobody_knows_whether_a_version_is_served_that_was_never_marked() -> None:
    """A service from before does not mark: 0 would be wrong."""
    before = version(OLD, None, used=use(logged=1))
    assert published("model.version.served", before) == {}
    assert published("model.version.retired", before) == {("churn", OLD.version): 0}


@pytest.mark.parametrize(
    ("used", "retired"),
    [
        (use(marked=60, logged=60, retired=30), 1),
        (use(marked=5, logged=60, retired=30), 0),
        (use(marked=60, logged=5, retired=30), 0),
        (use(logged=60, retired=30), 1),
        (use(logged=5, retired=30), 0),
        (use(retired=30), 1),
        (use(marked=90 * 86_400), 0),
    ],
)
def test_a_version_that_is_used_again_is_no_longer_retired(used: Use, retired: int) -> None:
    """It was served, or logged, after it was retired."""
    told = published("model.version.retired", version(OLD, None, used=used))
    assert told == {("churn", OLD.version): retired}


def test_an_estimate_is_told_by_metric() -> None:
    """What the reference lacks is left out, and so is a version without an estimate."""
    estimate = QualityEstimate(
        figures=[
            EstimatedFigure(metric="auc", value=0.83, standard_error=0.01, reference=0.82),
            EstimatedFigure(metric="f1", value=0.5, standard_error=0.01),
        ],
        rows=300,
    )
    none = evaluated(OTHER, estimate=QualityEstimate(missing="no row has a score"))
    every = version(NEW, evaluated(NEW, estimate=estimate)), version(OTHER, none), version(OLD, None)
    assert published("quality.estimate", *every) == {
        ("churn", NEW.version, "auc"): 0.83,
        ("churn", NEW.version, "f1"): 0.5,
    }
    assert published("quality.estimate.reference", *every) == {("churn", NEW.version, "auc"): 0.82}


def test_incidents_are_counted_by_action() -> None:
    """An action that never was has none."""
    told = published("drift.incidents", version(NEW, evaluated(NEW)))
    assert told == {
        ("churn", NEW.version, "INVESTIGATE"): 2,
        ("churn", NEW.version, "RETRAINING_TRIGGERED"): 0,
    }


@pytest.mark.parametrize(("severity", "told"), [(None, 0), ("low", 1), ("high", 2)])
def test_the_severity_is_a_number(severity: str | None, told: int) -> None:
    """The more it matters, the larger it is."""
    latest = evaluated(NEW, decision="INVESTIGATE", severity=severity)
    assert published("drift.decision.severity", version(NEW, latest)) == {("churn", NEW.version): told}


def test_a_size_is_told_where_there_is_one() -> None:
    """A bundle without a baseline has none."""
    measured = {"kind": "feature_drift", "method": "psi", "score": 0.2, "threshold": 0.1, "drifted": True}
    findings = [
        Finding.model_validate({**measured, "column": "fee", "size": 0.45}),
        Finding.model_validate({**measured, "column": "plan"}),
        Finding.model_validate({**measured, "column": "score", "kind": "prediction_drift", "size": 0.3}),
    ]
    only = version(NEW, evaluated(NEW, findings=findings))
    assert published("drift.feature.size", only) == {("churn", NEW.version, "fee", "psi"): 0.45}
    assert published("drift.prediction.size", only) == {("churn", NEW.version, "score", "psi"): 0.3}


def test_what_is_not_broken_is_0() -> None:
    """A series that ended would be shown for minutes; both columns of a relation are told."""
    judged = {"method": "psi", "score": 0.1, "threshold": 0.1, "drifted": False, "beyond_chance": False}
    found = {"score": None, "threshold": None, "drifted": True, "beyond_chance": True}
    findings = [
        Finding.model_validate({**judged, "kind": "feature_drift", "column": "fee"}),
        Finding.model_validate({**judged, "kind": "feature_drift", "column": "plan"}),
        Finding.model_validate({**found, "kind": "data_quality", "column": "fee", "method": "missing"}),
        Finding.model_validate(
            {**found, "kind": "relation", "column": "fee", "other": "plan", "method": "relation changed"}
        ),
    ]
    told = published("drift.feature.broken", version(NEW, evaluated(NEW, findings=findings)))
    assert set(told.values()) == {0, 1}
    assert len(told) == 2 * len(BREAKS)
    assert sorted(labels[2:] for labels, value in told.items() if value) == [
        ("fee", "missing"),
        ("fee", "relation changed"),
        ("plan", "relation changed"),
    ]
