"""An evaluation is committed once, with everything that belongs to it."""

import threading
from typing import cast

import pytest
from contract.reading import ledger, pending_windows
from drift_worker.store import DeadLetter, EvaluationStore
from redis import Redis
from redis.exceptions import ResponseError

from tests.integration.drift_worker.conftest import FillWindows, evaluation_of
from tests.records import PARTITION


def test_a_commit_moves_the_window_from_pending_to_evaluated(redis: Redis, fill_windows: FillWindows) -> None:
    """Evaluation, ledger, decision event and dead letters appear together."""
    first, second = fill_windows(20, 10)
    letter = DeadLetter("1-1", "features: fee: Field required", [b"features", b"\xff{}"])
    store = EvaluationStore(redis)
    counts = {"evaluated": 9, "dead_lettered": 1, "duplicate": 0}
    assert store.commit(evaluation_of(first), counts, [letter])
    assert store.get(first.id) == evaluation_of(first)
    assert [window.id for window in pending_windows(redis, PARTITION)] == [second.id]
    assert ledger(redis, PARTITION).differences == []
    assert redis.xlen(PARTITION.decisions) == 1
    ((_, dead),) = cast("list[tuple[bytes, dict[bytes, bytes]]]", redis.xrange(PARTITION.dead_letters))
    assert dead[b"reason"] == b"features: fee: Field required"
    assert dead[b"fields"] == rb'{"features": "\udcff{}"}'


def test_only_the_first_of_many_commits_counts(redis: Redis, fill_windows: FillWindows) -> None:
    """Workers that evaluate the same window at the same time leave one evaluation and one event."""
    (window,) = fill_windows(10, 10)
    committed: list[bool] = []

    def commit() -> None:
        store = EvaluationStore(redis)
        committed.append(store.commit(evaluation_of(window), {"evaluated": 10}))

    threads = [threading.Thread(target=commit) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(committed) == [False] * 7 + [True]
    assert redis.xlen(PARTITION.decisions) == 1
    assert ledger(redis, PARTITION).evaluated == 10


@pytest.mark.parametrize("command", ["xadd", "zadd", "hincrby", "hset", "hdel"])
def test_a_commit_that_redis_refuses_can_be_tried_again(
    redis: Redis, redis_url: str, fill_windows: FillWindows, command: str
) -> None:
    """The window stays pending until everything is committed, and is counted once."""
    (window,) = fill_windows(10, 10)
    redis.acl_setuser("limited", enabled=True, nopass=True, keys=["*"], commands=["+@all", f"-{command}"])
    with Redis.from_url(redis_url, username="limited", password=redis_url) as limited:
        for _ in range(2):
            with pytest.raises(ResponseError):
                EvaluationStore(limited).commit(evaluation_of(window), {"evaluated": 10})
    redis.acl_deluser("limited")
    assert EvaluationStore(redis).commit(evaluation_of(window), {"evaluated": 10})
    assert ledger(redis, PARTITION).evaluated == 10
    assert ledger(redis, PARTITION).differences == []


def test_evaluations_are_listed_in_the_order_of_their_windows(
    redis: Redis, fill_windows: FillWindows
) -> None:
    """The order of commits does not matter."""
    windows = fill_windows(30, 10)
    store = EvaluationStore(redis)
    for window in reversed(windows):
        store.commit(evaluation_of(window), {"evaluated": 10})
    assert [evaluation.number for evaluation in store.all(PARTITION)] == [1, 2, 3]
    latest = store.latest(PARTITION)
    assert latest is not None
    assert latest.number == 3
