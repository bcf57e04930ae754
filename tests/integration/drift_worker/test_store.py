"""An evaluation is committed once, with everything that belongs to it."""

import threading
from collections.abc import Iterator
from typing import cast

import pytest
from redis import Redis
from redis.exceptions import ResponseError

from contract.partition import ledger, pending_windows
from contract.windows import Window
from drift_worker.record.store import MAX_DECISIONS, EvaluationStore
from drift_worker.window.dead_letters import DeadLetter
from tests.support.evaluations.windows import FillWindows, evaluation_of
from tests.support.records import PARTITION


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


def test_the_evaluation_that_stands_is_known(redis: Redis, fill_windows: FillWindows) -> None:
    """A commit whose answer was lost is sent again, and its report is then published none the less."""
    (window,) = fill_windows(10, 10)
    store, evaluation = EvaluationStore(redis), evaluation_of(window)
    assert not store.stands(evaluation)
    store.commit(evaluation, {"evaluated": 10})
    assert not store.commit(evaluation, {"evaluated": 10})
    assert store.stands(evaluation)
    assert not store.stands(evaluation.model_copy(update={"durations": {"read": 2.0}}))


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


LETTER = DeadLetter("1-1", "features: fee: Field required", [b"features", b"{}"])
COUNTS = {"evaluated": 9, "dead_lettered": 1}


def assert_committed_once(redis: Redis, window: Window) -> None:
    """The window's evaluation is there with all that belongs to it, and nothing is counted twice."""
    assert EvaluationStore(redis).commit(evaluation_of(window), COUNTS, [LETTER])
    assert not EvaluationStore(redis).commit(evaluation_of(window), COUNTS, [LETTER])
    account = ledger(redis, PARTITION)
    assert (account.evaluated, account.dead_lettered, account.pending) == (9, 1, 0)
    assert account.differences == []
    assert (redis.xlen(PARTITION.decisions), redis.xlen(PARTITION.dead_letters)) == (1, 1)
    assert redis.hget(PARTITION.tally, "windows:evaluated") == b"1"


@pytest.fixture
def restricted(redis: Redis) -> Iterator[Redis]:
    """A client whose rights a test can take away, one by one."""
    redis.acl_setuser("restricted", enabled=True, nopass=True, keys=["*"], categories=["+@all"])
    place = redis.connection_pool.connection_kwargs
    with Redis(host=place["host"], port=place["port"], username="restricted", password="x") as client:  # noqa: S106 - any does
        yield client
    redis.acl_deluser("restricted")


@pytest.mark.parametrize("command", ["hget", "hset", "hdel", "hincrby", "zadd", "xadd", "time"])
def test_a_commit_that_redis_refuses_can_be_tried_again(
    redis: Redis, restricted: Redis, fill_windows: FillWindows, command: str
) -> None:
    """Whichever command the user has no right to, nothing is half done, and the window stays pending."""
    (window,) = fill_windows(10, 10)
    redis.acl_setuser(
        "restricted",
        enabled=True,
        nopass=True,
        keys=["*"],
        categories=["+@all"],
        commands=[f"-{command}"],
    )
    with pytest.raises(ResponseError):
        EvaluationStore(restricted).commit(evaluation_of(window), COUNTS, [LETTER])
    assert not EvaluationStore(redis).has(window.id)
    assert pending_windows(redis, PARTITION) == [window]
    assert_committed_once(redis, window)


def test_decision_events_are_bounded(redis: Redis, fill_windows: FillWindows) -> None:
    """The oldest go when there are too many, so that years of decisions do not fill Redis."""
    (window,) = fill_windows(10, 10)
    fill = "for event = 1, ARGV[1] do redis.call('XADD', KEYS[1], '*', 'event', event) end"
    redis.eval(fill, 1, PARTITION.decisions, MAX_DECISIONS + 1_000)
    EvaluationStore(redis).commit(evaluation_of(window), {"evaluated": 10})
    assert MAX_DECISIONS <= redis.xlen(PARTITION.decisions) <= MAX_DECISIONS + 200
