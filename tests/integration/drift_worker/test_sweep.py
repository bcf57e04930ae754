"""The sweep closes by age, and trims what is done."""

from pathlib import Path

import pytest
from redis import Redis
from rq import Queue

from contract.keys import SWEEP_HEARTBEAT, Partition
from contract.partition import ledger, open_window, pending_windows, register
from drift_worker.record.store import EvaluationStore
from drift_worker.settings import Settings
from drift_worker.sweep.audit import Auditor, PeriodicAudit
from drift_worker.sweep.process import run_pass
from drift_worker.sweep.sweeper import Sweeper
from tests.support.evaluations.windows import FillWindows, HandClock, evaluation_of
from tests.support.records import PARTITION

SETTINGS = Settings(window_rows=10, window_min_rows=5, window_max_age=60, lease_ttl=20)


def test_a_window_with_enough_rows_is_closed_by_its_age(
    redis: Redis, queue: Queue, fill_windows: FillWindows
) -> None:
    """An open window of at least WINDOW_MIN_ROWS waits WINDOW_MAX_AGE and no longer."""
    fill_windows(7, 10)
    clock = HandClock()
    sweep = Sweeper(redis, queue, SETTINGS, clock)
    sweep.sweep()
    clock.now += 59
    sweep.sweep()
    assert pending_windows(redis, PARTITION) == []
    clock.now += 2
    sweep.sweep()
    (window,) = pending_windows(redis, PARTITION)
    assert (window.rows, window.reason) == (7, "age")
    assert queue.job_ids == [window.id], "it is enqueued in the same pass"


def test_a_window_with_too_few_rows_stays_open(redis: Redis, queue: Queue, fill_windows: FillWindows) -> None:
    """Age alone does not make a window that could not be judged."""
    fill_windows(4, 10)
    clock = HandClock()
    sweep = Sweeper(redis, queue, SETTINGS, clock)
    sweep.sweep()
    clock.now += 10_000
    sweep.sweep()
    assert open_window(redis, PARTITION).rows == 4
    assert pending_windows(redis, PARTITION) == []


def test_the_stream_is_trimmed_behind_evaluated_windows_only(
    redis: Redis, queue: Queue, fill_windows: FillWindows
) -> None:
    """What is pending or open stays, whatever was evaluated after it."""
    first, second, third = fill_windows(34, 10)
    store, sweep = EvaluationStore(redis), Sweeper(redis, queue, SETTINGS, HandClock())
    store.commit(evaluation_of(second), {"evaluated": 10})
    sweep.sweep()
    assert redis.xlen(PARTITION.stream) == 34
    store.commit(evaluation_of(first), {"evaluated": 10})
    sweep.sweep()
    assert redis.xlen(PARTITION.stream) == 14
    store.commit(evaluation_of(third), {"evaluated": 10})
    sweep.sweep()
    assert redis.xlen(PARTITION.stream) == 4
    assert ledger(redis, PARTITION).differences == []


def test_what_was_evaluated_while_the_sweep_was_away_lets_nothing_expire(
    redis: Redis, queue: Queue, fill_windows: FillWindows
) -> None:
    """A stream that is only too long for want of trimming has no window that nobody came for."""
    windows = fill_windows(65, 10)
    store = EvaluationStore(redis)
    for window in windows[:-1]:
        store.commit(evaluation_of(window), {"evaluated": 10})
    Sweeper(redis, queue, Settings(window_rows=10, window_min_rows=5, stream_max_records=40)).sweep()
    assert pending_windows(redis, PARTITION) == [windows[-1]]
    assert redis.xlen(PARTITION.stream) == 15


def test_a_pass_that_fails_unforeseen_does_not_end_the_sweep(
    redis: Redis,
    queue: Queue,
    fill_windows: FillWindows,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """It is told by its type, since its text may quote a value; the next pass comes."""

    def broken() -> float:
        raise LookupError("a value")

    fill_windows(7, 10)
    sweep = Sweeper(redis, queue, SETTINGS, clock=broken)
    run_pass(redis, [PARTITION], sweep, PeriodicAudit(Auditor(redis, tmp_path), 60))
    assert "unexpected LookupError" in caplog.text
    assert "a value" not in caplog.text


def test_one_unreadable_partition_keeps_no_other_from_its_turn(
    redis: Redis, queue: Queue, fill_windows: FillWindows, caplog: pytest.LogCaptureFixture
) -> None:
    """The sweep names it and counts it."""
    fill_windows(10, 10)
    unreadable = Partition("another", "0123456789ab")
    register(redis, unreadable)
    redis.set(unreadable.pending, "no hash")
    failures: list[None] = []
    Sweeper(redis, queue, SETTINGS, on_failure=lambda: failures.append(None)).sweep()
    assert [job.rsplit("-", 3)[0] for job in queue.job_ids] == [PARTITION.model]
    assert len(failures) == 1
    assert f"{unreadable} was not looked after" in caplog.text
    assert redis.exists(SWEEP_HEARTBEAT)


def test_a_disk_that_refuses_the_audit_is_named(
    redis: Redis, queue: Queue, tmp_path: Path, caplog: pytest.LogCaptureFixture, fill_windows: FillWindows
) -> None:
    """The pass before it counts all the same."""
    fill_windows(10, 10)
    (file := tmp_path / "reports").write_text("no folder")
    audit = PeriodicAudit(Auditor(redis, file), 60)
    run_pass(redis, [PARTITION], Sweeper(redis, queue, SETTINGS), audit)
    assert len(queue.job_ids) == 1
    assert f"{file}: Not a directory" in caplog.text
