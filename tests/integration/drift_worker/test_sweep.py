"""The sweep closes by age, and trims what is done."""

from pathlib import Path

import pytest
from contract.stream.read import ledger, open_window, pending_windows
from drift_worker.record.store import EvaluationStore
from drift_worker.settings import Settings
from drift_worker.sweep.audit import Auditor, PeriodicAudit
from drift_worker.sweep.process import run_pass
from drift_worker.sweep.sweep import Sweep
from redis import Redis
from rq import Queue

from tests.integration.drift_worker.conftest import FillWindows, HandClock, evaluation_of
from tests.records import PARTITION

SETTINGS = Settings(window_rows=10, window_min_rows=5, window_max_age=60, lease_ttl=20)


def test_a_window_with_enough_rows_is_closed_by_its_age(
    redis: Redis, queue: Queue, fill_windows: FillWindows
) -> None:
    """An open window of at least WINDOW_MIN_ROWS waits WINDOW_MAX_AGE and no longer."""
    fill_windows(7, 10)
    clock = HandClock()
    sweep = Sweep(redis, queue, SETTINGS, clock)
    sweep.pass_over()
    clock.now += 59
    sweep.pass_over()
    assert pending_windows(redis, PARTITION) == []
    clock.now += 2
    sweep.pass_over()
    (window,) = pending_windows(redis, PARTITION)
    assert (window.rows, window.reason) == (7, "age")
    assert queue.job_ids == [window.id], "it is enqueued in the same pass"


def test_a_window_with_too_few_rows_stays_open(redis: Redis, queue: Queue, fill_windows: FillWindows) -> None:
    """Age alone does not make a window that could not be judged."""
    fill_windows(4, 10)
    clock = HandClock()
    sweep = Sweep(redis, queue, SETTINGS, clock)
    sweep.pass_over()
    clock.now += 10_000
    sweep.pass_over()
    assert open_window(redis, PARTITION).rows == 4
    assert pending_windows(redis, PARTITION) == []


def test_the_stream_is_trimmed_behind_evaluated_windows_only(
    redis: Redis, queue: Queue, fill_windows: FillWindows
) -> None:
    """What is pending or open stays, whatever was evaluated after it."""
    first, second, third = fill_windows(34, 10)
    store, sweep = EvaluationStore(redis), Sweep(redis, queue, SETTINGS, HandClock())
    store.commit(evaluation_of(second), {"evaluated": 10})
    sweep.pass_over()
    assert redis.xlen(PARTITION.stream) == 34
    store.commit(evaluation_of(first), {"evaluated": 10})
    sweep.pass_over()
    assert redis.xlen(PARTITION.stream) == 14
    store.commit(evaluation_of(third), {"evaluated": 10})
    sweep.pass_over()
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
    Sweep(redis, queue, Settings(window_rows=10, window_min_rows=5, stream_max_records=40)).pass_over()
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
    sweep = Sweep(redis, queue, SETTINGS, clock=broken)
    run_pass(redis, PARTITION, sweep, PeriodicAudit(Auditor(redis, tmp_path), 60))
    assert "unexpected LookupError" in caplog.text
    assert "a value" not in caplog.text
