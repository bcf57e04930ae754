"""Real worker and sweep processes: told to stop, killed, and taken over."""

import shutil
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis

from bundle import Bundle, open_bundle
from contract.keys import PARTITIONS, Partition, heartbeat_key
from contract.partition import ledger, partitions, pending_windows, register
from contract.redis.queue import enqueue, window_queue
from contract.stream.append import StreamWriter
from drift_worker.evaluate.attempts import waiting_windows
from drift_worker.evaluate.lease import worker_name
from drift_worker.record.own import OwnBundles
from drift_worker.record.store import EvaluationStore
from sources import Edition, FolderSource
from tests.support.data.format_1 import as_format_1
from tests.support.data.month_records import month_records
from tests.support.data.versions import put, version
from tests.support.evaluations.windows import close_window
from tests.support.processes.worker import Start, starting
from tests.support.records import append_now, record
from tests.support.waiting import wait_for

WINDOWS = 4


@pytest.fixture
def bundle(bundle_path: Path) -> Bundle:
    """The example's bundle."""
    return open_bundle(bundle_path)


@pytest.fixture
def partition(redis: Redis, bundle: Bundle, months_path: Path) -> Partition:
    """A partition with closed windows that nobody has queued."""
    partition = Partition(bundle.name, bundle.version)
    register(redis, partition)
    records = month_records(months_path / "month_001", bundle)[: WINDOWS * 250]
    append_now(StreamWriter(partition, 250, "test"), redis, 1, records)
    return partition


@pytest.fixture
def start(redis_url: str, bundle_path: Path, tmp_path: Path) -> Iterator[Start]:
    """Starts `drift-worker COMMAND`; what still runs at the end is killed."""
    with starting(redis_url, bundle_path, tmp_path) as start:
        yield start


def committed(redis: Redis, partition: Partition) -> int:
    """How many windows have an evaluation."""
    return redis.zcard(partition.evaluated)


def held_lease(redis: Redis, partition: Partition) -> str:
    """The key of a lease that a worker holds; empty where none does."""
    keys: list[bytes] = list(redis.scan_iter(match=partition.lease("*")))
    return keys[0].decode() if keys else ""


def test_the_sweep_finds_windows_that_nobody_queued(redis: Redis, partition: Partition, start: Start) -> None:
    """Windows whose writer died before it queued them are evaluated all the same, each once."""
    start("sweep")
    start("run")
    wait_for("the evaluations", lambda: committed(redis, partition) == WINDOWS, timeout=90)
    assert redis.xlen(partition.decisions) == WINDOWS
    assert ledger(redis, partition).differences == []
    wait_for("the stream to be trimmed", lambda: redis.xlen(partition.stream) == 0, timeout=10)


@pytest.mark.parametrize("lease_ttl", ["2", "20"])
def test_a_killed_workers_window_is_taken_over(
    redis: Redis, partition: Partition, start: Start, *, lease_ttl: str
) -> None:
    """A worker that dies within an evaluation keeps its window for LEASE_TTL; within 60 s another has it."""
    start("sweep", LEASE_TTL=lease_ttl)
    first = start("run", LEASE_TTL=lease_ttl)
    lease = wait_for("a lease", lambda: held_lease(redis, partition), timeout=60, interval=0.005)
    first.kill()
    window_id = lease.removeprefix(partition.lease(""))
    start("run", LEASE_TTL=lease_ttl)
    wait_for("the window", lambda: redis.hexists(partition.evaluations, window_id), timeout=60)
    wait_for("every window to be evaluated", lambda: committed(redis, partition) == WINDOWS, timeout=90)
    assert pending_windows(redis, partition) == []
    assert redis.xlen(partition.decisions) == WINDOWS
    assert ledger(redis, partition).differences == []


def test_a_worker_told_to_stop_ends_its_evaluation_first(
    redis: Redis, partition: Partition, start: Start
) -> None:
    """SIGTERM within an evaluation: it is committed, the other windows wait, the exit code is 0."""
    for window in pending_windows(redis, partition):
        enqueue(window_queue(redis), window.id)
    worker = start("run")
    key = wait_for("a lease", lambda: held_lease(redis, partition), timeout=60, interval=0.005)
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(30) == 0
    window_id = key.removeprefix(partition.lease(""))
    assert EvaluationStore(redis).has(window_id)
    assert not redis.exists(key)
    assert len(pending_windows(redis, partition)) + committed(redis, partition) == WINDOWS


def test_an_idle_worker_beats_and_ends_when_told(redis: Redis, partition: Partition, start: Start) -> None:
    """The heartbeat is there while the worker lives, and `health` tells by it."""
    worker = start("run")
    wait_for("the heartbeat", lambda: redis.exists(heartbeat_key(worker_name())), timeout=60)
    assert start("health").wait(60) == 0
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(30) == 0
    assert start("health").wait(60) == 1


def test_a_worker_says_at_once_which_bundle_it_lacks(
    redis: Redis, partition: Partition, start: Start, tmp_path: Path
) -> None:
    """In its log and in `health`; the windows of the model that it has are evaluated meanwhile."""
    other = Partition("shop", "0123456789ab")
    window = close_window(redis, other, [record(number, other) for number in range(10)])
    start("run")
    start("sweep")
    wait_for("the worker to take it", lambda: waiting_windows(redis), timeout=60)
    said = "model shop 0123456789ab needs its bundle to be evaluated, but no worker"
    assert (tmp_path / "run.log").read_text().count(f"window {window.id} waits: {said}") == 1
    assert start("health").wait(60) == 0
    told = (tmp_path / "health.log").read_text()
    assert f"windows that wait: 1, since {window.id}: {said}" in told
    wait_for("the others to be evaluated", lambda: committed(redis, partition) == WINDOWS, timeout=120)
    assert [each.id for each in pending_windows(redis, other)] == [window.id]


def test_a_damaged_bundle_keeps_no_other_from_its_windows(
    redis: Redis, partition: Partition, start: Start, bundle: Bundle, tmp_path: Path
) -> None:
    """A worker and a sweep of several bundles leave it out, and say so."""
    given = f"{tmp_path / 'none'},{bundle.path}"
    start("run", BUNDLE=given)
    start("sweep", BUNDLE=given)
    wait_for("the windows to be evaluated", lambda: committed(redis, partition) == WINDOWS, timeout=120)
    for command in ("run", "sweep"):
        log = (tmp_path / f"{command}.log").read_text()
        assert f"a bundle of BUNDLE is left out: {tmp_path / 'none'}: there is no such folder" in log


def test_the_sweep_follows_what_is_served(redis: Redis, start: Start, bundle: Bundle, tmp_path: Path) -> None:
    """It registers the version that the folder holds now, and no longer the one before."""
    place = Path(shutil.copytree(bundle.path, tmp_path / "place"))
    first = Partition(bundle.name, bundle.version)
    start("sweep", BUNDLE=str(place))
    wait_for("the first version", lambda: first in partitions(redis), timeout=30)
    second = version(tmp_path / "second", 0.4)
    put(second.path, place)
    newer = Partition(second.name, second.version)
    wait_for("the second version", lambda: newer in partitions(redis), timeout=15)
    redis.delete(PARTITIONS)
    wait_for("the next pass", lambda: partitions(redis) == [newer], timeout=5)


def test_a_source_that_fails_unforeseen_is_looked_at_again(
    bundle: Bundle, caplog: pytest.LogCaptureFixture
) -> None:
    """Each error is said once."""

    class Strange(FolderSource):
        interval = 0.05  # type: ignore[misc]
        looks = 0

        def look(self) -> Edition:
            self.looks += 1
            if self.looks <= 3:
                raise PermissionError(13, "Permission denied", "cache/churn")
            return super().look()

    own = OwnBundles([Strange(bundle.path)])
    with own.following(own.look_and_say):
        wait_for("the bundle", lambda: own.bundles, timeout=5)
    assert [line.levelname for line in caplog.records] == ["ERROR"]


def test_many_workers_evaluate_each_window_once(redis: Redis, partition: Partition, start: Start) -> None:
    """Two workers share the windows; nothing is evaluated twice."""
    start("sweep")
    start("run")
    start("run")
    wait_for("the evaluations", lambda: committed(redis, partition) == WINDOWS, timeout=120)
    assert redis.xlen(partition.decisions) == WINDOWS
    assert ledger(redis, partition).evaluated == WINDOWS * 250


@pytest.mark.parametrize("command", ["run", "sweep"])
def test_a_missing_bundle_is_one_message(command: str, tmp_path: Path, start: Start) -> None:
    """No traceback, exit code 2, and what to do."""
    assert start(command, BUNDLE=str(tmp_path / "none")).wait(60) == 2
    said = (tmp_path / f"{command}.log").read_text()
    assert "there is no such folder; make a bundle with `training build`" in said
    assert "Traceback" not in said


def test_a_silent_collector_delays_no_evaluation_and_no_end(
    redis: Redis, partition: Partition, start: Start
) -> None:
    """It takes connections and never answers; worker and sweep do their work, and end within their limit."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        variables = {
            "OTEL_SDK_DISABLED": "false",
            "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{silent.getsockname()[1]}",
            "OTEL_METRIC_EXPORT_INTERVAL": "200",
        }
        parts = [start(command, **variables) for command in ("sweep", "run")]
        wait_for("the evaluations", lambda: committed(redis, partition) == WINDOWS, timeout=90)
        for part in parts:
            began = time.monotonic()
            part.send_signal(signal.SIGTERM)
            assert part.wait(20) == 0
            assert time.monotonic() - began < 5


def test_a_bundle_of_format_1_is_said_to_be_outdated(bundle: Bundle, tmp_path: Path, start: Start) -> None:
    """Once, when the worker starts, with the command that builds it anew."""
    old = as_format_1(bundle, tmp_path / "old")
    start("run", BUNDLE=str(old.path))
    log = tmp_path / "run.log"
    wait_for("the worker to listen", lambda: "Listening on" in log.read_text(), timeout=60)
    assert log.read_text().count("keeps no baseline of its reference; rebuild it") == 1


@pytest.mark.parametrize("command", ["run", "sweep", "ledger"])
@pytest.mark.parametrize(
    "address",
    ["http://x", "redis://:pass-word@host:port/0", "redis://host/0?nonsense=1", "redis://host/0?db=x"],
)
def test_an_address_that_is_none_is_one_message(
    command: str, address: str, tmp_path: Path, start: Start
) -> None:
    """Exit code 2, which for `ledger` does not mean that it is out of balance; no password is told."""
    assert start(command, REDIS_URL=address).wait(60) == 2
    (line,) = (tmp_path / f"{command}.log").read_text().splitlines()
    assert "REDIS_URL: " in line
    assert "expected redis://HOST:PORT/DATABASE" in line
    assert "pass-word" not in line
