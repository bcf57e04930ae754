"""Something foreign in Redis: one partition may be unreadable by it, the others are looked after."""

import json
import logging
from collections.abc import Callable
from pathlib import Path

import pytest
from contract.keys import PARTITIONS, SWEEP_HEARTBEAT, Partition
from contract.queue import QUEUE, enqueue
from contract.stream.append import StreamWriter
from contract.stream.read import partitions, register
from drift_worker.cli.windows import ledger
from drift_worker.errors import UnreadablePartitionError
from drift_worker.record.store import EvaluationStore
from drift_worker.settings import Settings
from drift_worker.show.status import StatusReader
from drift_worker.sweep.audit import Auditor, PeriodicAudit
from drift_worker.sweep.process import run_pass
from drift_worker.sweep.sweep import Sweep
from drift_worker.worker.rq_keys import delete_foreign_keys
from redis import Redis
from rq import Queue

from tests.integration.drift_worker.conftest import FillWindows, evaluation_of
from tests.records import PARTITION, record

OTHER = Partition("another", "0123456789ab")
SETTINGS = Settings(window_rows=10, window_min_rows=5)

WINDOW_WITHOUT_MODEL = (
    b'{"id":"x","number":1,"start":"0-0","first":"1-0","last":"1-0","rows":1,"reason":"full"}'
)
WINDOW_OF_NO_TIME = WINDOW_WITHOUT_MODEL.replace(b'"x"', b'"another-0123456789ab-1-0"').replace(
    b'"last":"1', b'"last":"' + b"9" * 400
)

FOREIGN: dict[str, Callable[[Redis], object]] = {
    "another type": lambda redis: (redis.delete(OTHER.pending), redis.set(OTHER.pending, "x")),
    "no number of rows": lambda redis: redis.hset(OTHER.open_window, "rows", "many"),
    "no stream id": lambda redis: redis.hset(OTHER.open_window, "first", f"{'9' * 400}-0"),
}

GARBLED: dict[str, Callable[[str], str]] = {
    "no JSON": lambda _: "garbage",
    "another object": lambda _: '{"rows": 1}',
    "a count that no metric takes": lambda text: text.replace('"rows":10,', '"rows":1' + 30 * "0" + ","),
    "a time that no clock shows": lambda text: text.replace("2026-01-31T00:10:00+00:00", "0001-01-01"),
}

RQ_KEYS = [
    *("rq:queues", "rq:workers", f"rq:workers:{QUEUE}", "rq:groups", "rq:rl-keys"),
    *(f"rq:queue:{QUEUE}", f"rq:queue:{QUEUE}:intermediate"),
    *(f"rq:{registry}:{QUEUE}" for registry in ("wip", "finished", "failed", "deferred", "ready")),
    *(f"rq:{registry}:{QUEUE}" for registry in ("scheduled", "canceled")),
]


@pytest.fixture
def two_partitions(redis: Redis) -> None:
    """Two model versions, each with a closed window; that which comes first will be damaged."""
    for partition in (OTHER, PARTITION):
        register(redis, partition)
        records = [record(number, partition) for number in range(10)]
        StreamWriter(partition, 10, "test").append_now(redis, 1, records)


@pytest.mark.usefixtures("two_partitions")
@pytest.mark.parametrize("foreign", FOREIGN)
def test_one_unreadable_partition_keeps_no_other_from_its_turn(
    redis: Redis, queue: Queue, tmp_path: Path, caplog: pytest.LogCaptureFixture, *, foreign: str
) -> None:
    """It is told and counted by the sweep, a difference for the audit, and absent from the metrics."""
    FOREIGN[foreign](redis)
    failures: list[None] = []
    with caplog.at_level(logging.WARNING):
        Sweep(redis, queue, SETTINGS, on_failure=lambda: failures.append(None)).pass_over()
    assert [job.rsplit("-", 3)[0] for job in queue.job_ids] == [PARTITION.model]
    assert len(failures) == 1
    assert str(OTHER) in caplog.text
    assert redis.exists(SWEEP_HEARTBEAT)
    assert [each.model for each in StatusReader(redis, queue).read().models] == [PARTITION.model]
    bad, good = Auditor(redis, tmp_path).audit_all()
    assert (len(bad.differences), good.differences) == (1, [])


@pytest.mark.usefixtures("two_partitions")
@pytest.mark.parametrize("foreign", [b"{}", b"\xff", WINDOW_WITHOUT_MODEL, WINDOW_OF_NO_TIME])
def test_what_is_no_window_among_the_pending_is_passed_over(
    redis: Redis, queue: Queue, tmp_path: Path, *, foreign: bytes
) -> None:
    """The windows beside it are queued, shown and audited as ever."""
    redis.hset(OTHER.pending, "x", foreign)
    Sweep(redis, queue, SETTINGS).pass_over()
    assert len(queue.job_ids) == 2
    assert len(StatusReader(redis, queue).read().models) == 2
    assert [each.differences for each in Auditor(redis, tmp_path).audit_all()] == [[], []]


@pytest.mark.parametrize("start", ["99999999999998-0", "0-0"])
def test_a_window_of_somebody_elses_trims_nothing(
    redis: Redis, queue: Queue, fill_windows: FillWindows, *, start: str
) -> None:
    """However its range is, and be it one; the records of the open window stay."""
    (window,) = fill_windows(13, 10)
    redis.hdel(PARTITION.pending, window.id)
    last = "99999999999999-0"
    foreign = {"id": f"{PARTITION.window_prefix}-{last}", "start": start, "first": last, "last": last}
    text = json.dumps({**foreign, "number": 1, "rows": 1, "reason": "full"})
    redis.hset(PARTITION.pending, foreign["id"], text)
    Sweep(redis, queue, SETTINGS).pass_over()
    assert redis.xlen(PARTITION.stream) >= 3


@pytest.mark.usefixtures("two_partitions")
def test_something_else_in_the_place_of_the_partitions_is_cleared_away(
    redis: Redis, queue: Queue, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Each model version is looked after again in the same pass."""
    redis.set(PARTITIONS, "x")
    with caplog.at_level(logging.WARNING):
        run_pass(redis, PARTITION, Sweep(redis, queue, SETTINGS), PeriodicAudit(Auditor(redis, tmp_path), 60))
    assert partitions(redis) == [OTHER, PARTITION]
    assert len(queue.job_ids) == 2
    assert f"deleted {PARTITIONS}" in caplog.text


def test_a_disk_that_refuses_the_audit_is_named(
    redis: Redis, queue: Queue, tmp_path: Path, caplog: pytest.LogCaptureFixture, fill_windows: FillWindows
) -> None:
    """The pass before it counts all the same."""
    fill_windows(10, 10)
    (file := tmp_path / "reports").write_text("no folder")
    audit = PeriodicAudit(Auditor(redis, file), 60)
    run_pass(redis, PARTITION, Sweep(redis, queue, SETTINGS), audit)
    assert len(queue.job_ids) == 1
    assert f"{file}: Not a directory" in caplog.text


@pytest.mark.parametrize("how", GARBLED)
def test_what_is_no_evaluation_hides_no_other(
    redis: Redis, queue: Queue, fill_windows: FillWindows, caplog: pytest.LogCaptureFixture, *, how: str
) -> None:
    """The newest that is one is shown, all that are ones are listed, and what is none is told."""
    first, second = fill_windows(20, 10)
    store = EvaluationStore(redis)
    for window in (first, second):
        store.commit(evaluation_of(window), {"evaluated": 10})
    garbled = GARBLED[how](evaluation_of(second).model_dump_json())
    assert garbled != evaluation_of(second).model_dump_json()
    redis.hset(PARTITION.evaluations, second.id, garbled)
    redis.zadd(PARTITION.evaluated, {b"\xff": 9})
    (model,) = StatusReader(redis, queue).read().models
    assert model.latest == evaluation_of(first)
    with caplog.at_level(logging.WARNING):
        assert store.all(PARTITION) == [evaluation_of(first)]
    assert second.id in caplog.text


@pytest.mark.usefixtures("two_partitions")
def test_a_model_without_figures_is_told_and_counted(
    redis: Redis, queue: Queue, caplog: pytest.LogCaptureFixture
) -> None:
    """The others have theirs."""
    redis.hset(OTHER.tally, "windows:evaluated", "9" * 22)
    failures: list[None] = []
    reader = StatusReader(redis, queue, on_failure=lambda: failures.append(None))
    with caplog.at_level(logging.WARNING):
        assert [each.model for each in reader.read().models] == [PARTITION.model]
    assert len(failures) == 1
    assert f"no figures of {OTHER.model}" in caplog.text


@pytest.mark.usefixtures("two_partitions")
@pytest.mark.parametrize(("count", "value"), [("future", "1"), ("open", "1"), ("accepted", "9" * 22)])
def test_an_unknown_count_in_the_ledger_is_told(
    redis: Redis, redis_url: str, queue: Queue, monkeypatch: pytest.MonkeyPatch, *, count: str, value: str
) -> None:
    """By an error of its own, not as a ledger that is out of balance."""
    redis.hset(OTHER.ledger, count, value)
    monkeypatch.setenv("REDIS_URL", redis_url)
    with pytest.raises(UnreadablePartitionError, match=f"{OTHER}: something foreign"):
        ledger()
    assert [each.model for each in StatusReader(redis, queue).read().models] == [PARTITION.model]


@pytest.mark.usefixtures("two_partitions")
def test_names_that_are_no_model_versions_are_passed_over(redis: Redis, queue: Queue) -> None:
    """They are neither looked after nor shown as models."""
    redis.sadd(PARTITIONS, b"\xff", "nonsense", "churn:", "a:b:0123456789ab")
    Sweep(redis, queue, SETTINGS).pass_over()
    assert len(queue.job_ids) == 2
    assert len(StatusReader(redis, queue).read().models) == 2


@pytest.mark.usefixtures("two_partitions")
@pytest.mark.parametrize("key", RQ_KEYS)
def test_what_stands_in_the_place_of_one_of_rqs_keys_is_cleared_away(
    redis: Redis, queue: Queue, caplog: pytest.LogCaptureFixture, *, key: str
) -> None:
    """No worker got a job until then, or nobody could queue one."""
    redis.set(key, "x")
    with caplog.at_level(logging.WARNING):
        Sweep(redis, queue, SETTINGS).pass_over()
    assert len(queue.job_ids) == 2
    assert redis.type(key) != b"string"
    assert f"deleted {key}: it was no " in caplog.text


def test_what_rq_keeps_itself_is_let_be(redis: Redis, queue: Queue, caplog: pytest.LogCaptureFixture) -> None:
    """Jobs, workers and registries of the types that RQ gives them."""
    enqueue(queue, "a-window")
    redis.sadd("rq:workers", "rq:worker:x")
    redis.sadd(f"rq:workers:{QUEUE}", "rq:worker:x")
    redis.lpush(queue.intermediate_queue_key, "another")
    queue.connection.zadd(f"rq:wip:{QUEUE}", {"another": 1})
    before = {key: redis.dump(key) for key in redis.scan_iter()}
    with caplog.at_level(logging.WARNING):
        delete_foreign_keys(queue)
    assert {key: redis.dump(key) for key in redis.scan_iter()} == before
    assert caplog.text == ""
