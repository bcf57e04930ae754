"""What the sweep reads from Redis of each version, as its windows are evaluated."""

from datetime import UTC, datetime, timedelta

import pytest
from redis import Redis
from rq import Queue

from contract.keys import Partition
from contract.versions.use import read_use, retire
from drift_worker.findings import Finding
from drift_worker.record.store import EvaluationStore
from drift_worker.show.figures.status import FRESH, StatusReader, VersionStatus
from tests.support.evaluations.windows import HandClock, close_window, evaluation_of
from tests.support.records import record

OLD, NEW = Partition("churn", "0123456789ab"), Partition("churn", "3f2a9c1b7d20")
ROWS = 5


@pytest.fixture
def clock() -> HandClock:
    """The clock by which a status is fresh."""
    return HandClock()


@pytest.fixture
def reader(redis: Redis, queue: Queue, clock: HandClock) -> StatusReader:
    """A reader as the sweep has it."""
    return StatusReader(redis, queue, clock)


def commit(redis: Redis, partition: Partition, ago: float, findings: list[Finding] | None = None) -> None:
    """Close a window and commit its evaluation; its last record is so many seconds old."""
    window = close_window(redis, partition, [record(number, partition) for number in range(ROWS)])
    last_time = datetime.now(UTC) - timedelta(seconds=ago)
    evaluation = evaluation_of(
        window, **partition.labels, last_time=last_time.isoformat(), findings=findings or []
    )
    assert EvaluationStore(redis).commit(evaluation, {"evaluated": ROWS})


def read(reader: StatusReader, clock: HandClock) -> dict[Partition, VersionStatus]:
    """The versions as they are now."""
    clock.now += FRESH + 1
    return {each.partition: each for each in reader.read().every}


def test_versions_are_told_side_by_side(redis: Redis, reader: StatusReader, clock: HandClock) -> None:
    """Each has its own ledger, tally and newest evaluation."""
    commit(redis, OLD, ago=3600)
    commit(redis, NEW, ago=60)
    commit(redis, NEW, ago=0)
    found = read(reader, clock)
    assert {each: status.ledger.evaluated for each, status in found.items()} == {OLD: ROWS, NEW: 2 * ROWS}
    assert {each: status.tally["windows:evaluated"] for each, status in found.items()} == {OLD: 1, NEW: 2}
    for partition, status in found.items():
        assert status.latest is not None
        assert status.latest.model_version == partition.version


def test_the_figures_of_a_version_go_once_it_is_retired(
    redis: Redis, reader: StatusReader, clock: HandClock
) -> None:
    """Whatever the others do it keeps them until then, and its labels' figures go with the last version's."""
    commit(redis, OLD, ago=90 * 86_400)
    commit(redis, NEW, ago=0)
    assert read(reader, clock)[OLD].latest is not None
    for partition in (OLD, NEW):
        assert "churn" in reader.read().labels
        retire(redis, partition, read_use(redis, partition))
        status = read(reader, clock)[partition]
        assert status.latest is None
        assert status.ledger.evaluated == ROWS
    assert reader.read().versions == []
    assert reader.read().labels == {}
