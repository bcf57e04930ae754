"""A valid request is answered, and its record is in the stream."""

import json
from pathlib import Path
from typing import Any, cast

import httpx
import pytest
from redis import Redis

from bundle import Bundle, Scorer
from contract.keys import PARTITIONS, Partition
from tests.support.http.load import Logged
from tests.support.processes.predict import Running, serving
from tests.support.records import read_all
from tests.support.waiting import wait_for


def test_an_answer_is_what_the_record_says(
    client: httpx.Client, logged: Logged, bundle: Bundle, asked: dict[str, Any]
) -> None:
    """Same id, same features, same score, same model."""
    answer = client.post("/predict", json=asked).raise_for_status().json()
    records = read_all(bundle.schema, logged.partition, logged.entries)
    assert records.prediction_ids == [answer["prediction_id"]]
    assert records.features == [asked["features"]]
    assert records.entities == [asked["user_id"]]
    assert records.scores == [answer["probability"]]
    assert (answer["model"], answer["model_version"]) == (bundle.name, bundle.version)


def test_the_probability_is_the_models(client: httpx.Client, bundle: Bundle, asked: dict[str, Any]) -> None:
    """And the prediction is the class on its side of the threshold."""
    answer = client.post("/predict", json=asked).json()
    assert answer["probability"] == Scorer(bundle.model_path, bundle.schema).score_row(asked["features"])
    assert answer["prediction"] is (answer["probability"] >= bundle.metadata.threshold)


@pytest.mark.parametrize(
    "changes",
    [
        {"net_service": "Carrier pigeon"},
        {"net_service": ""},
        {"net_service": "\u0000"},
        {"net_service": "😀" * 256},
        {"plan_stream_tv": None, "plan_stream_movies": None},
        {"monthly_fee": 1.7976931348623157e308},
        {"monthly_fee": -0.0},
        {"monthly_fee": 5e-324},
        {"monthly_fee": 10**15},
    ],
)
def test_what_the_reference_never_had_is_answered(
    client: httpx.Client, logged: Logged, asked: dict[str, Any], changes: dict[str, Any]
) -> None:
    """It is what drift looks like; the record holds it as it was sent."""
    asked["features"] |= changes
    client.post("/predict", json=asked).raise_for_status()
    (fields,) = logged.entries
    assert json.loads(fields[b"features"]) == asked["features"]


def test_the_order_of_fields_and_their_spacing_do_not_matter(
    client: httpx.Client, asked: dict[str, Any]
) -> None:
    """It is JSON."""
    asked["features"] = dict(reversed(asked["features"].items()))
    content = json.dumps(dict(reversed(asked.items())), indent=3).encode()
    headers = {"Content-Type": "Application/JSON; Charset=UTF-8"}
    assert client.post("/predict", content=content, headers=headers).is_success


def test_whoever_looks_after_partitions_learns_of_this_one(
    client: httpx.Client, redis: Redis, partition: Partition
) -> None:
    """Even where Redis has lost everything."""
    wait_for("the partition to be known", lambda: redis.sismember(PARTITIONS, str(partition)))


def test_a_full_window_is_enqueued(
    redis: Redis, redis_url: str, tmp_path: Path, asked: dict[str, Any], partition: Partition
) -> None:
    """By the writer of its last record, for a worker to evaluate."""
    with serving(tmp_path, redis_url, WINDOW_ROWS="3", OTEL_SDK_DISABLED="true") as running:
        with httpx.Client(base_url=running.url) as client:
            for _ in range(7):
                client.post("/predict", json=asked).raise_for_status()
        wait_for("two jobs in the queue", lambda: redis.llen("rq:queue:drift") == 2)
    jobs = [job.decode() for job in cast("list[bytes]", redis.lrange("rq:queue:drift", 0, -1))]
    assert all(job.startswith(f"{partition.window_prefix}-") for job in jobs)
    assert redis.hlen(partition.pending) == 2


def test_the_page_of_metrics_counts_a_prediction(service: Running, client: httpx.Client, asked: Any) -> None:
    """One request, one prediction, one record."""
    before = service.samples()
    client.post("/predict", json=asked).raise_for_status()
    after = service.samples()

    def grown(name: str, *labels: str) -> float:
        keys = [key for key in after if key.startswith(name) and all(label in key for label in labels)]
        return sum(after[key] - before.get(key, 0.0) for key in keys)

    assert grown("predictions_total") == 1
    assert grown("feature_log_records_total", 'outcome="appended"') == 1
    assert grown('api_requests_total{method="POST",route="/predict",status="200"}') == 1
    assert grown("prediction_probability_ratio_count") == 1
    assert grown("predict_rejections_total") == 0
