"""What the sweep reads from Redis of each version, as its windows are evaluated."""

import socket
import time
from datetime import UTC, datetime, timedelta

import pytest
from redis import Redis
from redis.exceptions import RedisError
from rq import Queue

from contract.keys import Partition
from contract.redis.connection import background_client
from contract.redis.queue import window_queue
from contract.versions.use import read_use, retire
from demo.machine.ports import HOST, free_port
from drift_worker.findings import Finding
from drift_worker.metrics import publish_status
from drift_worker.record.store import EvaluationStore
from drift_worker.show.figures.status import FRESH, StatusReader, VersionStatus
from drift_worker.sweep.process import FIGURES_TIMEOUT
from telemetry.providers import build_telemetry
from telemetry.settings import TelemetrySettings
from tests.support.evaluations.windows import HandClock, close_window, evaluation_of
from tests.support.records import record

OLD, NEW = Partition("churn", "0123456789ab"), Partition("churn", "3f2a9c1b7d20")
ROWS = 5
PAGE = TelemetrySettings(otel_metrics_exporter="prometheus", otel_traces_exporter="none")


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


def test_the_memory_of_redis_is_told_with_its_limit(
    redis: Redis, reader: StatusReader, clock: HandClock
) -> None:
    """Without a limit there is none to tell."""
    read(reader, clock)
    assert reader.read().memory.used > 100_000
    assert reader.read().memory.limit is None
    redis.config_set("maxmemory", "200mb")
    try:
        read(reader, clock)
        assert reader.read().memory.limit == 200 * 2**20
    finally:
        redis.config_set("maxmemory", "0")


def test_a_redis_that_is_silent_is_told_of_in_time(clock: HandClock) -> None:
    """It takes the connection and answers nothing: an export waits for two answers at most."""
    with socket.create_server((HOST, 0)) as silent:
        url = f"redis://{HOST}:{silent.getsockname()[1]}/0"
        client = background_client(url, timeout=FIGURES_TIMEOUT, retries=1)
        clock.now += FRESH + 1
        began = time.monotonic()
        with pytest.raises(RedisError):
            StatusReader(client, window_queue(client), clock).read()
        assert time.monotonic() - began < 10 * FIGURES_TIMEOUT


def test_a_redis_that_is_away_is_asked_once_an_export(clock: HandClock) -> None:
    """The client tries for seconds; if each instrument waited for it, nothing would be told in time."""
    away = background_client(f"redis://{HOST}:{free_port()}/0", timeout=1, retries=0)
    reader = StatusReader(away, window_queue(away), clock)
    clock.now += FRESH + 1
    with pytest.raises(RedisError) as first:
        reader.read()
    with pytest.raises(RedisError) as second:
        reader.read()
    assert second.value is first.value
    telemetry = build_telemetry(PAGE, "drift-worker", "1", instance_id="sweep")
    publish_status(telemetry.meter, reader.read)
    assert "\nredis_up 0.0\n" in telemetry.page().decode()
    telemetry.shutdown()
    clock.now += FRESH + 1
    with pytest.raises(RedisError) as third:
        reader.read()
    assert third.value is not first.value
