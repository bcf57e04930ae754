"""kill -9 of every process at random moments under load: every answered prediction is in one place."""

import random
import time
from pathlib import Path

import pytest
from redis import Redis

from bundle import open_bundle
from contract.partition import ledger, pending_windows
from tests.support.data.month_records import month_records
from tests.support.faults.places import all_differing, churn, places
from tests.support.figures import Figures
from tests.support.http.clients import clients
from tests.support.paths import ROOT
from tests.support.processes.pipeline import Pipeline, pipeline
from tests.support.soak import SCALE
from tests.support.waiting import wait_for

pytestmark = pytest.mark.timeout(200)

WINDOW_ROWS = 250


def spooled(running: Pipeline) -> bool:
    """Whether anything waits in a spool."""
    return any(path.is_file() and path.stat().st_size for path in running.spool.rglob("*.spool"))


class Storm:
    """Kills, each at a moment that the seed chose."""

    def __init__(self, running: Pipeline, seed: int, *options: str) -> None:
        self._running = running
        self._random = random.Random(seed)  # noqa: S311 - a seeded sequence is wanted
        self._options = options
        self.kills = 0

    def pause(self, most: float) -> None:
        """Let the load go on for a while."""
        time.sleep(self._random.uniform(0, most))

    def kill(self, *names: str) -> None:
        """Kill the parts in some order, and start them again."""
        for name in self._random.sample(names, len(names)):
            self._running.kill(name)
            self.kills += 1
            self.pause(0.3)
            self._running.start(name)

    def kill_redis_and_predict(self) -> None:
        """Kill predict while its spool is in use, and again while the spool drains."""
        self.pause(1)
        self._running.redis.stop()
        wait_for("the spool to be in use", lambda: spooled(self._running))
        self.pause(0.5)
        self.kill("predict")
        self.pause(1)
        self._running.redis.start(*self._options)
        self.pause(0.3)
        self.kill("predict")
        self.kills += 1


@pytest.mark.parametrize(("seed", "appendfsync"), [(2, "everysec"), (1, "always")][: SCALE.rounds])
def test_every_process_is_killed(tmp_path: Path, figures: Figures, seed: int, appendfsync: str) -> None:
    """By the ids that clients hold nothing is missing and nothing is there twice; evaluations are as ever."""
    bundle, partition = open_bundle(ROOT / "bundles" / "churn"), churn()
    records = month_records(ROOT / "data" / "streamflow" / "month_001", bundle)
    options = ("--appendfsync", appendfsync)
    with pipeline(tmp_path, *options, WINDOW_ROWS=str(WINDOW_ROWS)) as running:
        for name in ("sweep", "worker", "predict"):
            running.start(name)
        storm = Storm(running, seed, *options)
        with clients(running.url, records) as asking:
            wait_for("the load to be under way", lambda: len(asking.predicted) > 2 * WINDOW_ROWS)
            storm.pause(1)
            storm.kill("predict", "sweep", "worker")
            storm.kill("predict")
            storm.kill_redis_and_predict()
            storm.pause(1)
            storm.kill("sweep", "worker")
            enough = len(asking.predicted) + 2 * WINDOW_ROWS
            wait_for("more answers", lambda: len(asking.predicted) > enough, timeout=30)
        wait_for("the spools to be drained", lambda: not spooled(running), timeout=30)
        with Redis.from_url(running.redis.url) as redis:
            wait_for("the evaluations", lambda: not pending_windows(redis, partition), timeout=60)
            found = places(redis, partition, running.reports)
            account = ledger(redis, partition)
            missing = found.missing(asking.predicted)
            figures.add(
                f"killed under load, seed {seed}, appendfsync {appendfsync}",
                sent=asking.sent,
                answered=len(asking.predicted),
                killed=storm.kills,
                lost=len(missing),
                duplicated=len(found.twice),
            )
            assert set(asking.statuses) == {200}, f"seed {seed}: {asking.statuses}"
            assert (missing, found.twice) == ([], []), f"seed {seed}"
            assert (account.differences, account.lost, account.dropped) == ([], 0, 0), f"seed {seed}"
            assert all_differing(redis, partition, running.reports) == [], f"seed {seed}"
            assert redis.xlen(partition.decisions) == redis.zcard(partition.evaluated), f"seed {seed}"
