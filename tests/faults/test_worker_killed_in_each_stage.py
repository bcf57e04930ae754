"""kill -9 of a worker in every stage of an evaluation; seen from outside while it is stopped."""

import random
import signal
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest
from redis import Redis

from bundle import open_bundle
from contract.keys import Partition
from contract.partition import ledger, pending_windows, register
from contract.stream.append import StreamWriter
from contract.stream.read import READ_BATCH
from contract.stream.record import Record
from tests.support.data.month_records import month_records
from tests.support.faults.places import all_differing, churn, places
from tests.support.figures import Figures
from tests.support.paths import ROOT
from tests.support.processes import program
from tests.support.processes.pipeline import Pipeline, pipeline
from tests.support.records import append_now
from tests.support.soak import SCALE
from tests.support.waiting import wait_for

pytestmark = pytest.mark.timeout(250)

WINDOW_ROWS = 3_000
WINDOWS = 12
READS = WINDOW_ROWS // READ_BATCH + 1
"""XRANGE calls by which a window is read: the last one finds nothing."""

STAGES = ("read", "detect", "report", "before commit", "after commit")


class Watch:
    """Tells from outside where in an evaluation the worker is."""

    def __init__(self, redis: Redis, partition: Partition, reports: Path) -> None:
        self._redis = redis
        self._partition = partition
        self._reports = reports
        self._reads = 0
        self._seen: set[str] = set()

    def next_window(self) -> str:
        """Wait for the lease of a window not seen before: a dead worker's lease goes on for a while."""
        pending = {window.id for window in pending_windows(self._redis, self._partition)}
        assert pending - self._seen, "no window is left"
        window_id = wait_for("a lease", self._leased, timeout=60, interval=0.0002)
        self._seen.add(window_id)
        return window_id

    def stage(self, window_id: str) -> str:
        """The stage that the window's evaluation is in, or `published`."""
        folder = self._reports / window_id
        if self._redis.hexists(self._partition.evaluations, window_id):
            return "published" if (folder / "evaluation.json").exists() else "after commit"
        if (folder / "run.json").exists():
            return "before commit"
        if folder.exists():
            return "report"
        return "detect" if self._xranges() - self._reads >= READS else "read"

    def _leased(self) -> str:
        self._reads, prefix = self._xranges(), self._partition.lease("")
        keys = [bytes(key).decode() for key in self._redis.scan_iter(match=f"{prefix}*", count=1000)]
        return next(iter({key.removeprefix(prefix) for key in keys} - self._seen), "")

    def _xranges(self) -> int:
        stats = self._redis.info("commandstats")
        return int(stats.get("cmdstat_xrange", {}).get("calls", 0))


def fill(redis: Redis, partition: Partition, seed: int) -> list[str]:
    """Close windows that nobody has queued; gives the prediction ids in them."""
    bundle = open_bundle(ROOT / "bundles" / "churn")
    month = month_records(ROOT / "data" / "streamflow" / "month_001", bundle)
    chosen: list[Record] = random.Random(seed).choices(month, k=WINDOWS * WINDOW_ROWS)  # noqa: S311 - seeded
    records = [
        replace(record, prediction_id=str(UUID(int=number))) for number, record in enumerate(chosen, 1)
    ]
    register(redis, partition)
    writer = StreamWriter(partition, WINDOW_ROWS, "test")
    for first in range(0, len(records), 500):
        append_now(writer, redis, first + 1, records[first : first + 500])
    return [record.prediction_id for record in records]


def stopped_in(running: Pipeline, watch: Watch, wanted: str, pause: float) -> str:
    """Stop the worker once an evaluation has reached that stage; gives the stage in which it stands."""
    window_id = watch.next_window()
    order = [*STAGES, "published"]
    place = order.index(wanted)
    wait_for(wanted, lambda: order.index(watch.stage(window_id)) >= place, timeout=60, interval=0.0002)
    time.sleep(pause)
    program.halt(running.parts["worker"])
    return watch.stage(window_id)


@pytest.mark.parametrize("seed", [11, 12][: SCALE.rounds])
def test_a_worker_is_killed_in_each_stage(tmp_path: Path, figures: Figures, seed: int) -> None:
    """Every stage is hit; every window has one evaluation in the end, as if nothing had happened."""
    partition, chance = churn(), random.Random(seed)  # noqa: S311 - seeded
    killed: Counter[str] = Counter()
    with (
        pipeline(tmp_path, WINDOW_ROWS=str(WINDOW_ROWS)) as running,
        Redis.from_url(running.redis.url) as redis,
    ):
        held = fill(redis, partition, seed)
        watch = Watch(redis, partition, running.reports)
        running.start("sweep")
        running.start("worker")
        for wanted in chance.sample(STAGES, len(STAGES)):
            most = {"detect": 0.1, "report": 0.05}.get(wanted, 0)
            while not killed[wanted]:
                stage = stopped_in(running, watch, wanted, chance.uniform(0, most))
                if stage == wanted:
                    running.kill("worker")
                    killed[stage] += 1
                    running.start("worker")
                else:
                    running.parts["worker"].send_signal(signal.SIGCONT)
        wait_for("the evaluations", lambda: not pending_windows(redis, partition), timeout=120)
        wait_for(
            "their publication",
            lambda: len(list(running.reports.glob("*/evaluation.json"))) == WINDOWS,
            timeout=20,
        )
        found = places(redis, partition, running.reports)
        missing = found.missing(held)
        hits = {stage.replace(" ", "_"): killed[stage] for stage in STAGES}
        figures.add(
            f"worker killed, seed {seed}",
            records=len(held),
            **hits,
            lost=len(missing),
            duplicated=len(found.twice),
        )
        assert set(killed) == set(STAGES), f"seed {seed}"
        assert (missing, found.twice) == ([], []), f"seed {seed}"
        assert redis.xlen(partition.decisions) == redis.zcard(partition.evaluated) == WINDOWS, f"seed {seed}"
        assert ledger(redis, partition).differences == [], f"seed {seed}"
        assert all_differing(redis, partition, running.reports) == [], f"seed {seed}"
