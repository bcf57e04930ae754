"""kill -9 of every process while labels come: each is joined once, and the ledger is that of the clients."""

import random
import shutil
import time
from pathlib import Path

import httpx
import pytest
from redis import Redis

from bundle import open_bundle
from contract.keys import PARTITIONS
from contract.labels.ledger import label_ledger
from contract.partition import open_window
from contract.stream.close import close_window
from drift_worker.record.files import window_ids
from predict.request.openapi import request_example
from tests.support.faults.places import churn
from tests.support.figures import Figures
from tests.support.http.labellers import Labeller, expected_of, labelling, labels_of
from tests.support.labels import account, joiner, rows_of, send_json, without_ids
from tests.support.paths import ROOT
from tests.support.processes.pipeline import Pipeline, pipeline
from tests.support.soak import SCALE
from tests.support.waiting import wait_for

pytestmark = pytest.mark.timeout(600)

CLIENTS = 3
WINDOW_ROWS = 250
EARLY = 100
"""Predictions whose window is open until all labels have come."""

MODEL = "churn"
PARTS = ("worker", "predict", "sweep", "worker", "redis", "worker", "predict", "worker", "redis", "worker")
"""What is killed within fifteen seconds."""


def predicted(running: Pipeline, count: int) -> dict[str, str]:
    """So many predictions: the ids, each with an entity of its own."""
    example = request_example(open_bundle(ROOT / "bundles" / "churn").schema)
    found = dict[str, str]()
    for first in range(0, count, 500):
        rows = [{**example, "user_id": f"user-{first + place}"} for place in range(min(500, count - first))]
        answer = httpx.post(f"{running.url}/predict/batch", json={"rows": rows}, timeout=60)
        ids = [each["prediction_id"] for each in answer.json()["predictions"]]
        found.update(zip(ids, (str(row["user_id"]) for row in rows), strict=True))
    return found


def storm(running: Pipeline, chance: random.Random) -> int:
    """Kill every part at random moments, Redis too, and start it again; gives how many were killed."""
    parts = [*PARTS] * (SCALE.labelling // 15)
    for part in parts:
        time.sleep(chance.uniform(0, 1.5))
        if part == "redis":
            running.redis.stop()
            time.sleep(chance.uniform(0, 0.5))
            running.redis.start()
        else:
            running.kill(part)
            running.start(part)
    return len(parts)


def undisturbed(redis: Redis, reports: Path, folder: Path, labellers: list[Labeller]) -> Path:
    """Join what the clients sent with copies of the same windows, where nobody kills anybody."""
    partition, url = churn(), redis.connection_pool.connection_kwargs
    shutil.copytree(reports, folder, ignore=shutil.ignore_patterns("labels.parquet", "bundles", "workspace"))
    with Redis(host=url["host"], port=url["port"], db=1, protocol=2) as other:
        for key in (PARTITIONS, partition.evaluated, partition.evaluations):
            other.restore(key, 0, redis.dump(key) or b"", replace=True)
        for each in labellers:
            send_json(other, MODEL, each.labels)
        joiner(other, folder, patience=0, now_ms=round(time.time() * 1000)).join(MODEL)
        account(other, MODEL)
    return folder


def test_every_process_is_killed_while_labels_come(tmp_path: Path, figures: Figures) -> None:
    """Labels by id and by entity, with repeats, corrections, strangers and early ones, from three clients."""
    chance = random.Random(7)  # noqa: S311 - a seeded sequence is wanted
    with (
        pipeline(tmp_path, WINDOW_ROWS=str(WINDOW_ROWS), LABEL_PATIENCE="3") as running,
        Redis.from_url(running.redis.url, protocol=2) as redis,
    ):
        for name in ("worker", "sweep", "predict"):
            running.start(name)
        made = predicted(running, SCALE.labels // 4 // WINDOW_ROWS * WINDOW_ROWS + EARLY)
        labellers = [
            Labeller(labels_of(dict(part), SCALE.labels // CLIENTS, chance), SCALE.labelling)
            for part in ([*made.items()][place::CLIENTS] for place in range(CLIENTS))
        ]
        with labelling(running.url, labellers):
            killed = storm(running, chance)
        wanted = expected_of(labellers, made)
        assert label_ledger(redis, MODEL).waiting, "labels of the open window came early"
        close_window(redis, churn(), open_window(redis, churn()).number, "demand")
        wait_for("the labels to be settled", lambda: not label_ledger(redis, MODEL).waiting, timeout=240)
        found = account(redis, MODEL)
        figures.add(
            "labels killed under load",
            sent=wanted.received,
            sent_again=sum(each.again for each in labellers),
            killed=killed,
            joined=found.joined,
            repeated=found.repeated,
            superseded=found.superseded,
            unmatched=sum(found.unmatched.values()),
        )
        assert sum(each.taken for each in labellers) == wanted.received
        assert sum(each.again for each in labellers) > 0, "nothing was killed while labels came"
        assert {status for each in labellers for status in each.statuses} <= {202, 503}
        assert (found.received, found.joined) == (wanted.received, len(wanted.counting))
        assert (found.repeated, found.superseded) == (wanted.repeated, wanted.superseded)
        assert found.unmatched == {"never_predicted": wanted.strangers}
        alone = undisturbed(redis, running.reports, tmp_path / "undisturbed", labellers)
        windows = window_ids(running.reports)
        assert len(windows) == len(made) // WINDOW_ROWS + 1
        joined = {}
        for window in windows:
            rows = rows_of(running.reports / window)
            assert without_ids(rows) == without_ids(rows_of(alone / window))
            joined.update({row.prediction_id: row.label for row in rows if row.state == "joined"})
        assert joined == wanted.counting
