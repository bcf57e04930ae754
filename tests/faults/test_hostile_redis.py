"""Hostile entries and jobs in Redis: dead-lettered or refused, and the work goes on in the same process."""

import random
from pathlib import Path

import pytest
from redis import Redis

from bundle import open_bundle
from contract.partition import ledger, pending_windows
from contract.redis.queue import QUEUE
from demo.machine.ports import HOST, free_port
from tests.support.data.month_records import month_records
from tests.support.faults.hostile_entries import hostile_entries
from tests.support.faults.hostile_jobs import HostileJobs, lay_trap
from tests.support.faults.places import all_differing, churn, places
from tests.support.figures import Figures
from tests.support.http.clients import clients
from tests.support.paths import ROOT
from tests.support.processes.pipeline import pipeline
from tests.support.processes.predict import EMBEDDED, value_of
from tests.support.soak import SCALE
from tests.support.waiting import wait_for

pytestmark = pytest.mark.timeout(250)

ENTRIES = SCALE.entries
JOBS = SCALE.jobs
WINDOW_ROWS = 250
WAITING = 4
"""Windows that wait when their jobs are replaced."""


@pytest.mark.parametrize("seed", [41])
def test_hostile_entries_and_jobs(
    tmp_path: Path, figures: Figures, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    """Every hostile entry is a dead letter, no job is run, and every answered prediction is in its place."""
    chance, partition = random.Random(seed), churn()  # noqa: S311 - seeded
    records = month_records(
        ROOT / "data" / "streamflow" / "month_001", open_bundle(ROOT / "bundles" / "churn")
    )
    jobs = HostileJobs(tmp_path / "trap", chance)
    lay_trap(tmp_path / "modules", jobs.trap)
    monkeypatch.syspath_prepend(tmp_path / "modules")
    port = free_port()
    with (
        pipeline(tmp_path, WINDOW_ROWS=str(WINDOW_ROWS)) as running,
        Redis.from_url(running.redis.url) as redis,
    ):
        predict = running.start("predict")
        with clients(running.url, records) as asking:
            wait_for("windows", lambda: len(pending_windows(redis, partition)) >= WAITING, timeout=60)
            jobs.replace(redis, [window.id for window in pending_windows(redis, partition)])
            replaced = jobs.count
            processes = [predict, running.start("sweep")]
            processes.append(
                running.start("worker", **EMBEDDED, OTEL_SDK_DISABLED="false", METRICS_PORT=str(port))
            )
            jobs.push(redis, partition.window_prefix, JOBS - replaced)
            for entry in hostile_entries(records[0], ENTRIES, chance):
                redis.xadd(partition.stream, dict(entry))
            enough = len(asking.predicted) + 2 * WINDOW_ROWS
            wait_for("more answers", lambda: len(asking.predicted) > enough, timeout=60)
        wait_for("the queue to be empty", lambda: not redis.llen(f"rq:queue:{QUEUE}"), timeout=90)
        wait_for("the evaluations", lambda: not pending_windows(redis, partition), timeout=90)
        refused = value_of(f"http://{HOST}:{port}", "drift_jobs_total", outcome="refused")
        assert running.log("worker").count("refused a") == refused
        letters = redis.xlen(partition.dead_letters)
        found = places(redis, partition, running.reports)
        missing = found.missing(asking.predicted)
        figures.add(
            f"hostile Redis, seed {seed}",
            answered=len(asking.predicted),
            entries=ENTRIES,
            dead_lettered=letters,
            jobs=jobs.count,
            of_real_windows=replaced,
            refused=round(refused),
            lost=len(missing),
        )
        assert [process.poll() for process in processes] == [None] * 3, f"seed {seed}"
        assert not jobs.trap.exists(), f"seed {seed}"
        assert missing == [], f"seed {seed}"
        assert jobs.count == JOBS
        assert letters == ENTRIES, f"seed {seed}"
        assert jobs.to_refuse <= refused <= JOBS, f"seed {seed}"
        assert redis.zcard(partition.evaluated) > WAITING, f"seed {seed}"
        account = ledger(redis, partition)
        assert account.foreign == ENTRIES, f"seed {seed}"
        assert account.differences == [], f"seed {seed}"
        assert all_differing(redis, partition, running.reports) == [], f"seed {seed}"
