"""A window that can't be evaluated ends as failed, with its entries saved; and can be tried again."""

from pathlib import Path

import pytest
from contract.keys import Partition
from contract.reading import ledger, pending_windows
from contract.record import Record
from contract.windows import Window
from drift_worker.attempts import MAX_DEATHS, Attempts
from drift_worker.bundles import BundleShelf
from drift_worker.errors import MissingEntriesError, NotFailedError, UnknownBundleError, UnknownWindowError
from drift_worker.jobs import WindowEvaluator
from drift_worker.report_files import ENTRIES
from drift_worker.retrying import retry_window
from drift_worker.status import StatusReader
from redis import Redis
from rq import Queue

from tests.integration.drift_worker.conftest import close_window


def fail(evaluator: WindowEvaluator, window: Window, times: int) -> None:
    """Evaluate the window without its bundle, so that it fails."""
    folder = evaluator.settings.reports_dir / "bundles"
    away = folder.rename(folder.with_name("away"))
    for _ in range(times):
        with pytest.raises(UnknownBundleError):
            evaluator.evaluate_window(window.id)
    away.rename(folder)


def test_the_third_failure_is_the_last(
    redis: Redis, evaluator: WindowEvaluator, partition: Partition, month_001: list[Record]
) -> None:
    """The window gets an evaluation that says so, with its entries on disk and a balanced ledger."""
    window = close_window(redis, partition, month_001[:300])
    fail(evaluator, window, 2)
    assert evaluator.store.get(window.id) is None
    fail(evaluator, window, 1)
    evaluation = evaluator.store.get(window.id)
    assert evaluation is not None
    assert (evaluation.status, evaluation.decision, evaluation.rows) == ("failed", None, 300)
    assert "needs its bundle" in (evaluation.error or "")
    assert pending_windows(redis, partition) == []
    account = ledger(redis, partition)
    assert (account.failed, account.evaluated) == (300, 0)
    assert account.differences == []
    assert redis.hlen(partition.attempts) == 0
    _, saved = evaluator.reports.entries(window.id)
    assert len(saved) == 300


def test_a_failed_window_hides_no_gauge(
    redis: Redis, queue: Queue, evaluator: WindowEvaluator, partition: Partition, month_001: list[Record]
) -> None:
    """What is shown is the newest window that was compared."""
    first = close_window(redis, partition, month_001[:300])
    evaluator.evaluate_window(first.id)
    second = close_window(redis, partition, month_001[:300])
    redis.xdel(partition.stream, second.first)
    for _ in range(3):
        with pytest.raises(MissingEntriesError):
            evaluator.evaluate_window(second.id)
    assert pending_windows(redis, partition) == []
    (model,) = StatusReader(redis, queue).read().models
    assert model.latest is not None
    assert model.latest.window_id == first.id


def test_a_window_that_kills_its_workers_is_given_up(
    redis: Redis, evaluator: WindowEvaluator, partition: Partition, month_001: list[Record]
) -> None:
    """It would block a worker for ever."""
    window = close_window(redis, partition, month_001[:300])
    for _ in range(MAX_DEATHS):
        Attempts(redis, window).begin()
    evaluator.evaluate_window(window.id)
    evaluation = evaluator.store.get(window.id)
    assert evaluation is not None
    assert (evaluation.status, evaluation.error) == ("failed", "its worker died 10 times")
    assert ledger(redis, partition).differences == []


def test_some_dead_workers_are_no_reason_to_give_up(
    redis: Redis, evaluator: WindowEvaluator, partition: Partition, month_001: list[Record]
) -> None:
    """They may have been killed for anything."""
    window = close_window(redis, partition, month_001[:300])
    for _ in range(MAX_DEATHS - 1):
        Attempts(redis, window).begin()
    evaluator.evaluate_window(window.id)
    evaluation = evaluator.store.get(window.id)
    assert evaluation is not None
    assert evaluation.status == "evaluated"
    assert redis.hlen(partition.attempts) == 0


def test_a_retry_takes_the_failed_ones_place(
    redis: Redis, evaluator: WindowEvaluator, partition: Partition, month_001: list[Record]
) -> None:
    """From the saved entries, long after the stream was trimmed; once."""
    window = close_window(redis, partition, month_001[:300])
    fail(evaluator, window, 3)
    redis.delete(partition.stream)
    stores = (evaluator.store, evaluator.reports, BundleShelf(evaluator.settings.reports_dir / "bundles"))
    evaluation = retry_window(*stores, evaluator.settings, window.id)
    assert evaluator.store.get(window.id) == evaluation
    assert (evaluation.status, evaluation.rows) == ("evaluated", 300)
    account = ledger(redis, partition)
    assert (account.failed, account.evaluated) == (0, 300)
    assert account.differences == []
    assert not (evaluator.reports.folder(window.id) / ENTRIES).exists()
    with pytest.raises(NotFailedError, match="is evaluated"):
        retry_window(*stores, evaluator.settings, window.id)


def test_a_retry_gives_what_the_first_try_would_have(
    redis: Redis, evaluator: WindowEvaluator, partition: Partition, month_001: list[Record]
) -> None:
    """Its bad entries and duplicates included."""
    records = [*month_001[:300], *month_001[:10]]
    window = close_window(redis, partition, records)
    redis.xdel(partition.stream, window.first)
    first_id = window.first.encode()
    redis.xadd(partition.stream, {b"\xff": b"\xfe"}, id=_next(window.last))
    stream = redis.xrange(partition.stream)
    assert first_id not in [each[0] for each in stream or []]
    for _ in range(3):
        with pytest.raises(MissingEntriesError):
            evaluator.evaluate_window(window.id)
    stores = (evaluator.store, evaluator.reports, evaluator.shelf)
    evaluation = retry_window(*stores, evaluator.settings, window.id)
    assert (evaluation.rows, evaluation.duplicates) == (300, 9)
    account = ledger(redis, partition)
    assert (account.evaluated, account.duplicate, account.failed) == (300, 9, 1), "one entry is gone"
    assert account.differences == []


def test_what_is_not_there_can_not_be_tried_again(
    redis: Redis, evaluator: WindowEvaluator, partition: Partition, month_001: list[Record], tmp_path: Path
) -> None:
    """Each with a message that says what is missing."""
    stores = (evaluator.store, evaluator.reports, evaluator.shelf)
    with pytest.raises(UnknownWindowError, match="has no evaluation"):
        retry_window(*stores, evaluator.settings, f"{partition.window_prefix}-1-0")
    window = close_window(redis, partition, month_001[:300])
    fail(evaluator, window, 3)
    (evaluator.reports.folder(window.id) / ENTRIES).unlink()
    with pytest.raises(UnknownWindowError, match=r"entries\.jsonl is missing"):
        retry_window(*stores, evaluator.settings, window.id)


def _next(stream_id: str) -> str:
    time, _, sequence = stream_id.partition("-")
    return f"{time}-{int(sequence) + 1}"
