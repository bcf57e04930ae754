"""The audit finds what the ledger can't know: records that the stream lacks, and a Redis that went back."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import cast

import pytest
from opentelemetry.metrics import CallbackOptions
from redis import Redis

from contract.partition import pending_windows, register
from contract.stream.append import StreamWriter
from drift_worker.record.files import EVALUATION
from drift_worker.record.store import EvaluationStore
from drift_worker.sweep.audit import Audit, Auditor, PeriodicAudit
from tests.support.evaluations.windows import FillWindows, evaluation_of
from tests.support.records import PARTITION, append_now, record


def audit(redis: Redis, tmp_path: Path) -> Audit:
    """The audit of the one partition."""
    (found,) = Auditor(redis, tmp_path).audit_all()
    return found


def test_a_healthy_stream_is_balanced(redis: Redis, tmp_path: Path, fill_windows: FillWindows) -> None:
    """With windows pending, evaluated and open."""
    (first, *_) = fill_windows(2_345, 1_100)
    EvaluationStore(redis).commit(evaluation_of(first), {"evaluated": first.rows})
    found = audit(redis, tmp_path)
    assert (found.differences, found.notes, found.missing) == ([], [], 0)


def test_records_that_the_stream_lacks_are_found(
    redis: Redis, tmp_path: Path, fill_windows: FillWindows
) -> None:
    """By the window that they should be in."""
    first, second = fill_windows(27, 10)
    redis.xdel(PARTITION.stream, second.first, second.last, *_ids_after(redis, second.last)[:3])
    found = audit(redis, tmp_path)
    assert found.differences == [
        f"window {second.id} lacks 2 of its records in the stream",
        "the open window lacks 3 of its records in the stream",
    ]
    assert found.missing == 5
    assert first.id not in str(found)


def test_a_redis_that_went_back_is_found(redis: Redis, tmp_path: Path, fill_windows: FillWindows) -> None:
    """By what its writers had confirmed, and by the reports on disk; its own counts went back with it."""
    (window,) = fill_windows(12, 10)
    (tmp_path / window.id).mkdir()
    (tmp_path / window.id / EVALUATION).write_text("{}")
    append_now(StreamWriter(PARTITION, 10, "test"), redis, 20, [record(20)])
    found = audit(redis, tmp_path)
    assert found.differences == []
    assert found.notes[0].startswith("7 records that had been confirmed, or spooled, are lost")
    assert found.notes[1].startswith(
        f"1 evaluations of REPORTS_DIR are not in Redis, the newest is {window.id}"
    )


def test_an_audit_under_load_gives_no_false_alarm(redis: Redis, redis_url: str, tmp_path: Path) -> None:
    """Records come in, windows close, are evaluated and trimmed while it counts."""
    register(redis, PARTITION)
    ended = threading.Event()
    threads = [
        threading.Thread(target=_write, args=(redis_url, ended)),
        threading.Thread(target=_evaluate, args=(redis_url, ended)),
    ]
    for thread in threads:
        thread.start()
    try:
        auditor = Auditor(redis, tmp_path)
        found = [auditor.audit(PARTITION).differences for _ in range(150)]
    finally:
        ended.set()
        for thread in threads:
            thread.join()
    assert [each for each in found if each] == []
    assert audit(redis, tmp_path).differences == []


def test_the_sweep_says_what_is_new_once(
    redis: Redis, tmp_path: Path, fill_windows: FillWindows, caplog: pytest.LogCaptureFixture
) -> None:
    """And tells the metrics at any time."""
    (window,) = fill_windows(12, 10)
    now = [0.0]
    periodic = PeriodicAudit(Auditor(redis, tmp_path), 60, lambda: now[0])

    def missing() -> list[tuple[float, object]]:
        return [(each.value, each.attributes) for each in periodic.observe(CallbackOptions())]

    periodic.run_if_due()
    assert missing() == [(0, {"model": "churn", "model_version": PARTITION.version})]
    redis.xdel(PARTITION.stream, window.first)
    now[0] = 59
    periodic.run_if_due()
    assert missing() == [(0, {"model": "churn", "model_version": PARTITION.version})]
    assert caplog.text == ""
    for now[0] in (60, 120):
        periodic.run_if_due()
        assert missing() == [(1, {"model": "churn", "model_version": PARTITION.version})]
    assert caplog.text.count(f"window {window.id} lacks 1 of its records in the stream") == 1


def _ids_after(redis: Redis, stream_id: str) -> list[bytes]:
    entries = cast("list[tuple[bytes, object]]", redis.xrange(PARTITION.stream, min=f"({stream_id}"))
    return [each[0] for each in entries]


def _in_turns(url: str, ended: threading.Event, step: Callable[[Redis], None]) -> None:
    with Redis.from_url(url) as redis:
        while not ended.is_set():
            step(redis)


def _write(url: str, ended: threading.Event) -> None:
    writer, first = StreamWriter(PARTITION, 40, "load"), [1]

    def append(redis: Redis) -> None:
        append_now(writer, redis, first[0], [record(first[0] + each) for each in range(13)])
        first[0] += 13

    _in_turns(url, ended, append)


def _evaluate(url: str, ended: threading.Event) -> None:
    def evaluate(redis: Redis) -> None:
        for window in pending_windows(redis, PARTITION)[:3]:
            EvaluationStore(redis).commit(evaluation_of(window), {"evaluated": window.rows})
            redis.xtrim(PARTITION.stream, minid=window.last)

    _in_turns(url, ended, evaluate)
