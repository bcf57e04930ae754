"""Hostile entries and jobs in Redis: dead-lettered or refused, and the work goes on in the same process."""

import random
from pathlib import Path

import pytest
from bundle import open_bundle
from contract.queue import QUEUE
from contract.reading import ledger, pending_windows
from redis import Redis

from tests.conftest import ROOT
from tests.faults.clients import clients
from tests.faults.figures import Figures
from tests.faults.hostile import hostile_entries, push_hostile_jobs
from tests.faults.pipeline import pipeline
from tests.faults.places import all_differing, churn, places
from tests.month_records import month_records
from tests.waiting import wait_for

pytestmark = pytest.mark.timeout(200)

ENTRIES = 10_000
JOBS = 1_000
WINDOW_ROWS = 250


@pytest.mark.parametrize("seed", [41])
def test_hostile_entries_and_jobs(tmp_path: Path, figures: Figures, seed: int) -> None:
    """Every hostile entry is a dead letter, no job is run, and every answered prediction is in its place."""
    chance, partition = random.Random(seed), churn()  # noqa: S311 - seeded
    records = month_records(
        ROOT / "data" / "streamflow" / "month_001", open_bundle(ROOT / "bundles" / "churn")
    )
    trap = tmp_path / "trap"
    with (
        pipeline(tmp_path, WINDOW_ROWS=str(WINDOW_ROWS)) as running,
        Redis.from_url(running.redis.url) as redis,
    ):
        processes = [running.start(name) for name in ("sweep", "worker", "predict")]
        put = 0
        with clients(running.url, records) as asking:
            wait_for("answers", lambda: len(asking.predicted) > WINDOW_ROWS // 2)
            to_refuse = push_hostile_jobs(redis, partition.window_prefix, trap, JOBS, chance)
            for entry in hostile_entries(records[0], ENTRIES, chance):
                redis.xadd(partition.stream, dict(entry))
                put += 1
            enough = len(asking.predicted) + 2 * WINDOW_ROWS
            wait_for("more answers", lambda: len(asking.predicted) > enough, timeout=60)
        wait_for("the queue to be empty", lambda: not redis.llen(f"rq:queue:{QUEUE}"), timeout=90)
        wait_for("the evaluations", lambda: not pending_windows(redis, partition), timeout=90)
        refused = running.log("worker").count("refused a")
        letters = redis.xlen(partition.dead_letters)
        found = places(redis, partition, running.reports)
        missing = found.missing(asking.predicted)
        figures.add(
            f"hostile Redis, seed {seed}",
            answered=len(asking.predicted),
            entries=put,
            dead_lettered=letters,
            jobs=JOBS,
            refused=refused,
            lost=len(missing),
        )
        assert [process.poll() for process in processes] == [None] * 3, f"seed {seed}"
        assert not trap.exists(), f"seed {seed}"
        assert missing == [], f"seed {seed}"
        assert (letters, refused) == (ENTRIES, to_refuse), f"seed {seed}"
        assert redis.zcard(partition.evaluated) > 2, f"seed {seed}"
        account = ledger(redis, partition)
        assert account.foreign == ENTRIES, f"seed {seed}"
        assert account.differences == [], f"seed {seed}"
        assert all_differing(redis, partition, running.reports) == [], f"seed {seed}"
