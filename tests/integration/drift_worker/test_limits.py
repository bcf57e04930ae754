"""A stream that grows too long lets its oldest windows expire, and says so; hostile entries cost nothing."""

import logging
from random import Random

import pytest
from redis import Redis
from rq import Queue

from contract.keys import Partition
from contract.partition import ledger, pending_windows
from contract.stream.record import FIELDS, Record
from drift_worker.errors import BadLimitError
from drift_worker.evaluate.evaluator import WindowEvaluator
from drift_worker.record.store import EvaluationStore
from drift_worker.settings import Settings
from drift_worker.sweep.sweeper import Sweeper
from drift_worker.window.dead_letters import CUT, MAX_LETTER
from tests.support.evaluations.windows import FillWindows, close_window, evaluation_of
from tests.support.records import PARTITION

SETTINGS = Settings(window_rows=10, window_min_rows=5, stream_max_records=25)


def test_the_oldest_windows_expire(
    redis: Redis, queue: Queue, fill_windows: FillWindows, caplog: pytest.LogCaptureFixture
) -> None:
    """As many as are needed, each with an evaluation that says so, and the stream is trimmed behind them."""
    windows = fill_windows(52, 10)
    with caplog.at_level(logging.WARNING):
        Sweeper(redis, queue, SETTINGS).sweep()
    assert [window.id for window in pending_windows(redis, PARTITION)] == [each.id for each in windows[3:]]
    store = EvaluationStore(redis)
    for window in windows[:3]:
        evaluation = store.get(window.id)
        assert evaluation is not None
        assert (evaluation.status, evaluation.decision) == ("expired", None)
        assert "grew beyond 25 records" in evaluation.reasons[0]
        assert window.id in caplog.text
    assert redis.xlen(PARTITION.stream) == 22
    account = ledger(redis, PARTITION)
    assert (account.expired, account.pending) == (30, 20)
    assert account.differences == []


def test_what_is_evaluated_and_not_trimmed_lets_no_window_expire(
    redis: Redis, queue: Queue, fill_windows: FillWindows
) -> None:
    """A sweep that was away trims first."""
    windows = fill_windows(52, 10)
    for window in windows[:4]:
        EvaluationStore(redis).commit(evaluation_of(window), {"evaluated": 10})
    Sweeper(redis, queue, SETTINGS).sweep()
    assert [window.id for window in pending_windows(redis, PARTITION)] == [windows[4].id]
    assert redis.xlen(PARTITION.stream) == 12


def test_a_window_that_is_being_evaluated_does_not_expire(
    redis: Redis, queue: Queue, fill_windows: FillWindows
) -> None:
    """Nor do those after it, which the stream has to keep for it anyway."""
    windows = fill_windows(52, 10)
    redis.set(PARTITION.lease(windows[1].id), "a worker", px=60_000)
    Sweeper(redis, queue, SETTINGS).sweep()
    assert [window.id for window in pending_windows(redis, PARTITION)] == [each.id for each in windows[1:]]


def test_a_late_evaluation_of_an_expired_window_counts_for_nothing(
    redis: Redis, queue: Queue, fill_windows: FillWindows
) -> None:
    """The first commit is the one."""
    (first, *_) = fill_windows(52, 10)
    Sweeper(redis, queue, SETTINGS).sweep()
    assert not EvaluationStore(redis).commit(evaluation_of(first), {"evaluated": 10})
    assert ledger(redis, PARTITION).differences == []


def test_limits_that_contradict_each_other_are_told(redis: Redis, queue: Queue) -> None:
    """Naming both."""
    with pytest.raises(BadLimitError, match=r"STREAM_MAX_RECORDS=19: .*WINDOW_ROWS, which is 10"):
        Sweeper(redis, queue, Settings(window_rows=10, stream_max_records=19))


def test_entries_that_nobody_appended_are_put_aside_and_counted(
    redis: Redis, evaluator: WindowEvaluator, partition: Partition, month_001: list[Record]
) -> None:
    """Somebody wrote to the stream itself: good entries count as foreign too, bad ones are dead letters."""
    random = Random(7)  # noqa: S311 - a seed
    for position in range(0, 300, 100):
        for record in month_001[position : position + 50]:
            good = dict(zip(FIELDS, record.values(), strict=True))
            field = random.choice(FIELDS)
            hostile = {**good, field: random.randbytes(random.choice([0, 5, 2_000]))}
            redis.xadd(partition.stream, hostile)  # type: ignore[arg-type]
    window = close_window(redis, partition, month_001[:300])
    redis.xadd(partition.stream, {"late": "x"})
    evaluator.evaluate_window(window.id)
    account = ledger(redis, partition)
    assert account.foreign == 150
    assert account.dead_lettered + account.duplicate + account.evaluated == 450
    assert account.differences == []


def test_a_huge_dead_letter_is_cut(
    redis: Redis, evaluator: WindowEvaluator, partition: Partition, month_001: list[Record]
) -> None:
    """It tells enough, and does not fill Redis."""
    redis.xadd(partition.stream, {"x": b"\xff" * 1_000_000})
    window = close_window(redis, partition, month_001[:300])
    evaluator.evaluate_window(window.id)
    ((_, letter),) = redis.xrange(partition.dead_letters) or []
    assert letter is not None
    fields = letter[b"fields"]
    assert isinstance(fields, bytes)
    text = fields.decode()
    assert text.endswith(CUT)
    assert len(text) == MAX_LETTER + len(CUT)
