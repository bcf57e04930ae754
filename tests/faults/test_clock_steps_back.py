"""The clock steps back an hour under load: windows stay ordered and complete, and none waits for ever."""

import signal
import time
from pathlib import Path
from typing import Any

import pytest
from redis import Redis
from rq.job import JobStatus

from bundle import open_bundle
from contract.partition import ledger, open_window, pending_windows
from contract.redis.queue import window_queue
from contract.windows import stream_order
from drift_worker.record.store import EvaluationStore
from tests.support.data.month_records import month_records
from tests.support.faults.places import all_differing, churn, places
from tests.support.figures import Figures
from tests.support.http.clients import clients
from tests.support.paths import ROOT
from tests.support.processes.clock import Clock
from tests.support.processes.pipeline import Pipeline, pipeline
from tests.support.waiting import wait_for

pytestmark = pytest.mark.timeout(150)

WINDOW_ROWS = 250
MAX_AGE = 5
HOUR = 3600
TAKEN_OVER = 60
"""Seconds within which a dead worker's window has another."""


@pytest.mark.parametrize("stepping", ["redis", "predict", "sweep"])
def test_the_clock_steps_back_an_hour(tmp_path: Path, figures: Figures, stepping: str) -> None:
    """Nothing is missing, twice, or out of order; the window that was open is closed by its age."""
    records = month_records(
        ROOT / "data" / "streamflow" / "month_001", open_bundle(ROOT / "bundles" / "churn")
    )
    partition, clock = churn(), Clock(tmp_path / "clock")
    settings = {"WINDOW_ROWS": str(WINDOW_ROWS), "WINDOW_MIN_ROWS": "1", "WINDOW_MAX_AGE": str(MAX_AGE)}
    preloaded = clock.environment if stepping == "redis" else None
    with pipeline(tmp_path, preloaded=preloaded, **settings) as running:
        for name in ("sweep", "worker", "predict"):
            running.start(name, **(clock.environment if name == stepping else {}))
        with Redis.from_url(running.redis.url) as redis:
            with clients(running.url, records) as asking:
                wait_for("answers", lambda: len(asking.predicted) > 1.4 * WINDOW_ROWS)
                clock.step(-HOUR)
                if stepping == "redis":
                    answer: Any = redis.time()
                    assert abs(answer[0] - (time.time() - HOUR)) < 10
                at_step = len(asking.predicted)
                wait_for(
                    "more answers", lambda: len(asking.predicted) > at_step + 0.4 * WINDOW_ROWS, timeout=60
                )
            wait_for(
                "the open window to be closed by its age",
                lambda: open_window(redis, partition).rows == 0,
                timeout=60,
            )
            wait_for("the evaluations", lambda: not pending_windows(redis, partition), timeout=60)
            found = places(redis, partition, running.reports)
            missing = found.missing(asking.predicted)
            figures.add(
                f"clock of {stepping} steps back",
                answered=len(asking.predicted),
                lost=len(missing),
                duplicated=len(found.twice),
            )
            assert (missing, found.twice, set(asking.statuses)) == ([], [], {200})
            evaluations = EvaluationStore(redis).all(partition)
            ends = [stream_order(each.last_id) for each in evaluations]
            assert ends == sorted(set(ends))
            assert [each.number for each in evaluations] == list(range(1, len(evaluations) + 1))
            assert redis.xlen(partition.decisions) == len(evaluations)
            assert ledger(redis, partition).differences == []
            assert all_differing(redis, partition, running.reports, min_rows=1) == []


def test_the_clock_of_all_steps_back_while_a_worker_dies(tmp_path: Path, figures: Figures) -> None:
    """A job that was taken in what is now the future is taken over, and every window is evaluated once."""
    records = month_records(
        ROOT / "data" / "streamflow" / "month_001", open_bundle(ROOT / "bundles" / "churn")
    )
    partition, clock = churn(), Clock(tmp_path / "clock")
    with (
        pipeline(tmp_path, WINDOW_ROWS=str(WINDOW_ROWS), WINDOW_MIN_ROWS="1") as running,
        Redis.from_url(running.redis.url) as redis,
    ):
        for name in ("sweep", "worker", "predict"):
            running.start(name, **clock.environment)
        with clients(running.url, records) as asking:
            window_id = stopped_with_a_job(running, redis)
            clock.step(-HOUR)
            running.kill("worker")
            running.start("worker", **clock.environment)
            began, at_step = time.monotonic(), len(asking.predicted)
            wait_for("more answers", lambda: len(asking.predicted) > at_step + WINDOW_ROWS)
        wait_for(
            "the window to be taken over",
            lambda: redis.hexists(partition.evaluations, window_id),
            timeout=TAKEN_OVER,
        )
        seconds = time.monotonic() - began
        wait_for("the evaluations", lambda: not pending_windows(redis, partition), timeout=TAKEN_OVER)
        found = places(redis, partition, running.reports)
        missing = found.missing(asking.predicted)
        figures.add(
            "clock of all steps back, worker killed",
            answered=len(asking.predicted),
            taken_over_after_s=round(seconds),
            lost=len(missing),
            duplicated=len(found.twice),
        )
        assert (missing, found.twice, set(asking.statuses)) == ([], [], {200})
        assert redis.xlen(partition.decisions) == redis.zcard(partition.evaluated)
        assert ledger(redis, partition).differences == []
        assert all_differing(redis, partition, running.reports, min_rows=1) == []


def stopped_with_a_job(running: Pipeline, redis: Redis) -> str:
    """Stop the worker in the middle of an evaluation; gives the window."""
    partition, queue = churn(), window_queue(redis)
    prefix = partition.lease("")

    def leased() -> str:
        keys = [bytes(key) for key in redis.scan_iter(match=f"{prefix}*", count=1000)]
        return keys[0].decode().removeprefix(prefix) if keys else ""

    while True:
        window_id = wait_for("a lease", leased, timeout=100, interval=0.001)
        running.parts["worker"].send_signal(signal.SIGSTOP)
        job, waits = queue.fetch_job(window_id), redis.hexists(partition.pending, window_id)
        if job is not None and job.get_status() == JobStatus.STARTED and waits and window_id == leased():
            return window_id
        running.parts["worker"].send_signal(signal.SIGCONT)
