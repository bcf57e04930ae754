"""kill -9 of workers and Redis while labels lead to evaluations: each counts once, and the last is right."""

import random
import shutil
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import httpx
import pytest
from redis import Redis

from bundle import Bundle, open_bundle
from contract.keys import PARTITIONS
from contract.labels.ledger import label_ledger
from drift_worker.record.quality.evaluation import QualityEvaluation
from drift_worker.record.quality.store import QualityStore
from predict.request.openapi import request_example
from tests.support.faults.places import churn
from tests.support.figures import Figures
from tests.support.http.labellers import Labeller, labelling
from tests.support.labels import send_json
from tests.support.paths import ROOT
from tests.support.processes.pipeline import Pipeline, pipeline
from tests.support.quality import Judge
from tests.support.waiting import wait_for

pytestmark = pytest.mark.timeout(600)

ROWS = 750
WINDOW_ROWS = 250
MODEL = "churn"
BETWEEN = (2.0, 8.0)
"""Seconds from one kill to the next: some come before an evaluation is done, some after it."""

PARTS = ("worker", "worker", "redis", "worker", "worker", "sweep", "worker", "redis", "worker", "worker")


@pytest.fixture(scope="module")
def bundle() -> Bundle:
    """The example's bundle."""
    return open_bundle(ROOT / "bundles" / "churn")


def predicted(running: Pipeline, bundle: Bundle) -> list[str]:
    """The ids of predictions of many different scores."""
    example = request_example(bundle.schema)
    rows = [
        {
            **example,
            "user_id": f"user-{place}",
            "features": {
                **example["features"],
                "months_active": float(place % 72),
                "monthly_fee": 20.0 + place % 90,
            },
        }
        for place in range(ROWS)
    ]
    answer = httpx.post(f"{running.url}/predict/batch", json={"rows": rows}, timeout=60)
    return [each["prediction_id"] for each in answer.json()["predictions"]]


def storm(running: Pipeline, chance: random.Random) -> None:
    """Kill one part after the other at random moments, and start it again."""
    for part in PARTS:
        time.sleep(chance.uniform(*BETWEEN))
        if part == "redis":
            running.redis.stop()
            time.sleep(chance.uniform(0, 0.5))
            running.redis.start()
        else:
            running.kill(part)
            running.start(part)


def undisturbed(
    redis: Redis, reports: Path, folder: Path, bundle: Bundle, labels: Sequence[dict[str, Any]]
) -> QualityEvaluation:
    """Join the labels with copies of the same windows where nobody kills anybody; gives the evaluation."""
    ignored = shutil.ignore_patterns("labels.parquet", "*-quality-*", "workspace")
    shutil.copytree(reports, folder, ignore=ignored)
    partition, url = churn(), redis.connection_pool.connection_kwargs
    with Redis(host=url["host"], port=url["port"], db=1, protocol=2) as other:
        for key in (PARTITIONS, partition.evaluated, partition.evaluations):
            other.restore(key, 0, redis.dump(key) or b"", replace=True)
        judge = Judge(other, folder, bundle, every=1)
        send_json(other, MODEL, labels)
        judge.joiner().join(MODEL)
        (found,) = judge.found()
        return found


def measured(evaluation: QualityEvaluation) -> list[dict[str, Any]]:
    """What was measured, without when the labels came."""
    return [each.model_dump(exclude={"delay_p50", "delay_p95"}) for each in evaluation.stretches]


def test_evaluations_of_quality_survive_kills(tmp_path: Path, figures: Figures, bundle: Bundle) -> None:
    """Every label leads to a look; each evaluation counts once, and can be recomputed to the last bit."""
    chance = random.Random(11)  # noqa: S311 - a seeded sequence is wanted
    with (
        pipeline(tmp_path, WINDOW_ROWS=str(WINDOW_ROWS), LABEL_PATIENCE="3", QUALITY_ROWS="1") as running,
        Redis.from_url(running.redis.url, protocol=2) as redis,
    ):
        for name in ("worker", "sweep", "predict"):
            running.start(name)
        ids = predicted(running, bundle)
        windows = churn().evaluated
        wait_for("the windows", lambda: redis.zcard(windows) == ROWS // WINDOW_ROWS, timeout=120)
        sent = [
            {"prediction_id": each, "label": chance.random() < 0.3, "time": "2026-01-31T12:00:00+00:00"}
            for each in ids
        ]
        with labelling(running.url, [Labeller(sent, 45)]):
            storm(running, chance)
        store = QualityStore(redis)

        def all_are_in() -> bool:
            newest = store.newest(churn())
            return newest is not None and newest.matured == ROWS and not label_ledger(redis, MODEL).waiting

        wait_for("the last evaluation", all_are_in, timeout=240)
        found = store.all(churn())
        figures.add("quality killed", kills=len(PARTS), evaluations=len(found))
        assert len(found) > 1
        assert [each.number for each in found] == [*range(1, len(found) + 1)]
        assert len({each.quality_id for each in found}) == len(found) == redis.hlen(churn().quality)
        events = cast("list[tuple[bytes, dict[bytes, bytes]]]", redis.xrange(churn().decisions))
        told = [fields[b"quality_id"].decode() for _, fields in events if b"quality_id" in fields]
        assert told == [each.quality_id for each in found]
        tally = cast("dict[bytes, bytes]", redis.hgetall(churn().tally))
        assert sum(int(tally.get(f"quality:{each}".encode(), 0)) for each in DECISIONS) == len(found)
        running.kill("worker")
        judge = Judge(redis, running.reports, bundle)
        assert [judge.recomputed(each.quality_id) for each in found] == [[]] * len(found)
        alone = undisturbed(redis, running.reports, tmp_path / "undisturbed", bundle, sent)
        assert measured(found[-1]) == measured(alone)
        assert (found[-1].decision, found[-1].reasons) == (alone.decision, alone.reasons)


DECISIONS = ("NO_ACTION", "RETRAINING_TRIGGERED", "INSUFFICIENT_DATA")
