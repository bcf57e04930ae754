"""The whole pipeline with windows of an hour, while the clock of all its processes passes the hours."""

import time
from pathlib import Path

import pytest
from redis import Redis

from bundle import Bundle
from contract.keys import Partition
from contract.partition import ledger, open_window, pending_windows
from drift_worker.record.evaluation import Evaluation
from drift_worker.record.store import EvaluationStore
from predict.request.openapi import request_example
from tests.support.http.load import send
from tests.support.processes.clock import Clock
from tests.support.processes.pipeline import pipeline
from tests.support.processes.predict import value_of
from tests.support.waiting import wait_for

pytestmark = pytest.mark.timeout(150)

HOUR = 3600


def evaluated(redis: Redis, partition: Partition, count: int) -> list[Evaluation]:
    """The evaluations, once there are so many and nothing is left over."""
    wait_for(
        f"{count} evaluations",
        lambda: redis.zcard(partition.evaluated) == count and not pending_windows(redis, partition),
        timeout=60,
    )
    return EvaluationStore(redis).all(partition)


def test_a_record_that_waited_in_the_spool_belongs_to_the_window_in_which_it_arrives(
    tmp_path: Path, bundle: Bundle, partition: Partition
) -> None:
    """And its evaluation says so; a window into which nothing more comes is closed by the sweep."""
    asked = request_example(bundle.schema)
    clock, half_past = Clock(tmp_path / "clock"), round(HOUR / 2 - time.time() % HOUR)
    clock.step(half_past)
    with (
        pipeline(tmp_path, preloaded=clock.environment, WINDOW_PERIOD="1h") as running,
        Redis.from_url(running.redis.url) as redis,
    ):
        for name in ("sweep", "worker", "predict"):
            running.start(name, **clock.environment)
        assert send(running.url, asked, 20).statuses == {200: 20}
        with running.redis.halted():
            assert send(running.url, asked, 10).statuses == {200: 10}
            wait_for("all in the spool", lambda: value_of(running.url, "feature_log_spool_records") == 10)
            clock.step(half_past + HOUR)
        wait_for("the spool to be drained", lambda: ledger(redis, partition).appended == 30)
        (first,) = evaluated(redis, partition, 1)
        assert send(running.url, asked, 20).statuses == {200: 20}
        assert open_window(redis, partition).rows == 30
        clock.step(half_past + 2 * HOUR)
        evaluations = evaluated(redis, partition, 2)
    assert [(each.rows, each.period, each.late) for each in evaluations] == [(20, "1h", 0), (30, "1h", 10)]
    assert evaluations[0] == first
    assert [each.decision for each in evaluations] == ["INSUFFICIENT_DATA"] * 2
