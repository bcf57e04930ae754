"""A window that can't be evaluated ends as failed, with its entries saved."""

from pathlib import Path

import pytest
from redis import Redis
from rq import Queue

from contract.keys import Partition
from contract.partition import ledger, pending_windows
from contract.stream.append import StreamWriter
from contract.stream.record import Record
from contract.windows import Window
from drift_worker.detect.drift import Reference
from drift_worker.errors import MissingEntriesError
from drift_worker.evaluate.attempts import MAX_DEATHS, Attempts
from drift_worker.evaluate.evaluator import WindowEvaluator
from drift_worker.record.bundles import BundleCache
from drift_worker.settings import Settings
from drift_worker.show.figures.status import StatusReader
from drift_worker.show.publish import WORKSPACE
from drift_worker.sweep.sweeper import Sweeper
from tests.support.evaluations.windows import close_window, fail, with_bundles
from tests.support.records import append_now


def fail_by_missing(evaluator: WindowEvaluator, window: Window, times: int) -> None:
    """Evaluate a window of which an entry is gone."""
    for _ in range(times):
        with pytest.raises(MissingEntriesError):
            evaluator.evaluate_window(window.id)


def test_the_third_failure_is_the_last(
    redis: Redis, evaluator: WindowEvaluator, partition: Partition, month_001: list[Record]
) -> None:
    """The window gets an evaluation that says so, with its entries on disk and a balanced ledger."""
    window = close_window(redis, partition, month_001[:300])
    fail(evaluator, window, 2)
    assert evaluator.stores.evaluations.get(window.id) is None
    fail(evaluator, window, 1)
    evaluation = evaluator.stores.evaluations.get(window.id)
    assert evaluation is not None
    assert (evaluation.status, evaluation.decision, evaluation.rows) == ("failed", None, 300)
    assert "needs its bundle" in (evaluation.error or "")
    assert pending_windows(redis, partition) == []
    account = ledger(redis, partition)
    assert (account.failed, account.evaluated) == (300, 0)
    assert account.differences == []
    assert redis.hlen(partition.attempts) == 0
    _, saved = evaluator.stores.files.entries(window.id)
    assert len(saved) == 300


def test_a_failed_window_is_trimmed_and_blocks_no_other(
    redis: Redis, queue: Queue, evaluator: WindowEvaluator, partition: Partition, month_001: list[Record]
) -> None:
    """Its entries are on disk; the window after it is evaluated while it fails."""
    failing = close_window(redis, partition, month_001[:300])
    redis.xdel(partition.stream, failing.first)
    fail_by_missing(evaluator, failing, 2)
    append_now(StreamWriter(partition, 250, "another"), redis, 1, month_001[300:550])
    other = next(each for each in pending_windows(redis, partition) if each.id != failing.id)
    evaluator.evaluate_window(other.id)
    assert evaluator.stores.evaluations.get(other.id) is not None
    assert redis.xlen(partition.stream) == 549
    fail_by_missing(evaluator, failing, 1)
    Sweeper(redis, queue, Settings()).sweep()
    assert redis.xlen(partition.stream) == 0
    assert queue.job_ids == []
    assert ledger(redis, partition).differences == []


def test_a_failed_window_hides_no_gauge(
    redis: Redis, queue: Queue, evaluator: WindowEvaluator, partition: Partition, month_001: list[Record]
) -> None:
    """What is shown is the newest window that was compared."""
    first = close_window(redis, partition, month_001[:300])
    evaluator.evaluate_window(first.id)
    second = close_window(redis, partition, month_001[:300])
    redis.xdel(partition.stream, second.first)
    fail_by_missing(evaluator, second, 3)
    assert pending_windows(redis, partition) == []
    (version,) = StatusReader(redis, queue).read().versions
    assert version.latest is not None
    assert version.latest.window_id == first.id


def test_a_window_that_kills_its_workers_is_given_up(
    redis: Redis, evaluator: WindowEvaluator, partition: Partition, month_001: list[Record]
) -> None:
    """It would block a worker for ever; its entries are read one at a time, for they may be too large."""
    window = close_window(redis, partition, month_001[:300])
    for _ in range(MAX_DEATHS):
        Attempts(redis, window).begin()
    redis.config_resetstat()
    evaluator.evaluate_window(window.id)
    assert redis.info("commandstats")["cmdstat_xrange"]["calls"] >= 300
    evaluation = evaluator.stores.evaluations.get(window.id)
    assert evaluation is not None
    assert (evaluation.status, evaluation.error) == ("failed", "its worker died 10 times")
    assert ledger(redis, partition).differences == []


def test_a_report_that_can_not_be_shown_is_told_and_costs_nothing(
    redis: Redis,
    evaluator: WindowEvaluator,
    partition: Partition,
    month_001: list[Record],
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The evaluation is committed; a worker that starts tries to show it again, and goes on if it can't."""
    workspace = evaluator.stores.files.root / WORKSPACE
    workspace.write_text("in the way")
    window = close_window(redis, partition, month_001[:300])
    evaluator.evaluate_window(window.id)
    assert evaluator.stores.evaluations.has(window.id)
    evaluator.publish_leftovers()
    assert caplog.text.count(f"the report of {window.id} is not shown") == 2
    workspace.unlink()
    evaluator.publish_leftovers()
    assert evaluator.stores.publisher.unpublished() == []


def test_some_dead_workers_are_no_reason_to_give_up(
    redis: Redis, evaluator: WindowEvaluator, partition: Partition, month_001: list[Record]
) -> None:
    """They may have been killed for anything."""
    window = close_window(redis, partition, month_001[:300])
    for _ in range(MAX_DEATHS - 1):
        Attempts(redis, window).begin()
    evaluator.evaluate_window(window.id)
    evaluation = evaluator.stores.evaluations.get(window.id)
    assert evaluation is not None
    assert evaluation.status == "evaluated"
    assert redis.hlen(partition.attempts) == 0


def test_a_worker_that_lost_its_lease_leaves_no_trace(
    redis: Redis, evaluator: WindowEvaluator, partition: Partition, month_001: list[Record], tmp_path: Path
) -> None:
    """Another worker has evaluated the window, and its part of the stream is gone: that is no failure."""
    window = close_window(redis, partition, month_001[:300])

    class LateCache(BundleCache):
        """By the time that it has the reference, the window is done with."""

        def reference(self, partition: Partition) -> Reference:
            """The reference, after another worker took the window over."""
            redis.delete(partition.lease(window.id))
            evaluator.evaluate_window(window.id)
            redis.delete(partition.stream)
            return super().reference(partition)

    with_bundles(evaluator, LateCache(tmp_path / "bundles")).evaluate_window(window.id)
    evaluation = evaluator.stores.evaluations.get(window.id)
    assert evaluation is not None
    assert evaluation.status == "evaluated"
    assert redis.hlen(partition.attempts) == 0
    assert ledger(redis, partition).differences == []
