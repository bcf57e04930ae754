"""Redis comes back without its last records, as after a host loss: they are counted; nothing else breaks."""

import json
import random
from pathlib import Path
from typing import Any

import pytest
from redis import Redis

from bundle import open_bundle
from contract.partition import ledger, pending_windows
from feature_log.spool import checkpoint
from tests.support.data.month_records import month_records
from tests.support.faults.append_only_file import incremental_file, transactions
from tests.support.faults.places import all_differing, churn, places
from tests.support.figures import Figures
from tests.support.http.clients import clients
from tests.support.paths import ROOT
from tests.support.processes.forked import Forked
from tests.support.processes.pipeline import Pipeline, pipeline
from tests.support.waiting import wait_for

pytestmark = pytest.mark.timeout(150)

WINDOW_ROWS = 250


@pytest.mark.parametrize(
    ("seed", "torn", "predict_dies"),
    [(21, False, False), (22, True, True)],
    ids=["whole-commands", "torn-command-predict-too"],
)
def test_the_log_is_cut_short(
    tmp_path: Path, figures: Figures, seed: int, torn: bool, predict_dies: bool
) -> None:
    """`lost` is what clients hold and the stream doesn't; new traffic is windowed and evaluated.

    Where predict dies with Redis, it is the next process that finds out.
    """
    chance = random.Random(seed)  # noqa: S311 - seeded
    records = month_records(
        ROOT / "data" / "streamflow" / "month_001", open_bundle(ROOT / "bundles" / "churn")
    )
    partition = churn()
    with pipeline(tmp_path, WINDOW_ROWS=str(WINDOW_ROWS)) as running:
        predict = running.start("predict")
        with clients(running.url, records) as asking:
            wait_for("answers", lambda: len(asking.predicted) > chance.randint(300, 600))
        before = list(asking.predicted)
        if predict_dies:
            wait_for("predict to put down how far it has come", lambda: reached(running) == len(before))
            running.kill("predict")
        running.redis.stop()
        cut_short(incremental_file(tmp_path), chance, torn=torn)
        running.redis.start("--aof-load-truncated", "yes")
        if predict_dies:
            predict = running.start("predict")
        running.start("sweep")
        running.start("worker")
        with clients(running.url, records) as after:
            wait_for("more answers", lambda: len(after.predicted) > 2 * WINDOW_ROWS, timeout=60)
        with Redis.from_url(running.redis.url) as redis:
            wait_for("the evaluations", lambda: not pending_windows(redis, partition), timeout=60)
            found = places(redis, partition, running.reports)
            missing = found.missing(before)
            figures.add(
                f"log cut short, seed {seed}" + (", predict killed too" if predict_dies else ""),
                answered=len(before) + len(after.predicted),
                cut=len(missing),
                lost=ledger(redis, partition).lost,
                duplicated=len(found.twice),
            )
            assert missing, f"seed {seed}: nothing was cut"
            assert found.missing(after.predicted) == [], f"seed {seed}"
            assert found.twice == [], f"seed {seed}"
            assert redis.zcard(partition.evaluated) >= 2, f"seed {seed}"
            assert all_differing(redis, partition, running.reports) == [], f"seed {seed}"
        assert _said("ledger", running.redis.url, tmp_path)["lost"] == len(missing), f"seed {seed}"
        (note,) = _said("audit", running.redis.url, tmp_path)["notes"]
        assert note.startswith(f"{len(missing)} records that had been confirmed"), f"seed {seed}"
        assert predict.poll() is None, f"seed {seed}"
        assert f"{len(missing)} records are lost" in running.log("predict"), f"seed {seed}"


def reached(running: Pipeline) -> int:
    """How many records predict has brought to Redis, by its checkpoint."""
    (file,) = running.spool.glob("*/checkpoint")
    found = checkpoint.load(file.parent)
    return found.next - 1 if found else 0


def cut_short(log: Path, chance: random.Random, *, torn: bool) -> None:
    """Cut off some of the last commands, or tear the first of them."""
    content = log.read_bytes()
    first_cut = transactions(content)[-chance.randint(5, 40)]
    end = chance.randint(first_cut.begin + 1, first_cut.end - 1) if torn else first_cut.begin
    log.write_bytes(content[:end])


def _said(command: str, redis_url: str, folder: Path) -> dict[str, Any]:
    """What a `drift-worker` command says of the one partition; it ends with 0: all is balanced."""
    printed = folder / f"{command}.json"
    environment = {"REDIS_URL": redis_url, "BUNDLE": str(ROOT / "bundles" / "churn")}
    ended = Forked([command, "--json"], environment, printed).wait(60)
    assert ended == 0, printed.read_text()
    return dict(json.loads(printed.read_text())[str(churn())])
