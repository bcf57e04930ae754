"""POST /labels: all labels of a request are kept before it is acknowledged, or it is refused and none is."""

from pathlib import Path
from typing import Any

import httpx
import pytest
from redis import Redis

from contract.labels.keys import LabelKeys
from contract.labels.label import Label
from contract.labels.ledger import label_ledger
from contract.labels.settle import waiting_labels
from contract.redis.queue import label_job, label_queue, queued_ids
from tests.support.labels import prediction
from tests.support.processes.predict import EMBEDDED, Running, is_ready, serving
from tests.support.processes.redis import own_redis
from tests.support.waiting import wait_for

ID = prediction(1, at_ms=1_700_000_000_000).prediction_id
TIME = "2026-01-31T12:00:00Z"
KEY = {"Idempotency-Key": "labels of the day"}
GOOD: dict[str, Any] = {"prediction_id": ID, "label": True, "time": TIME}


def kept(redis: Redis) -> list[Label]:
    """The labels that wait."""
    return [each.label for batch in waiting_labels(redis, "churn", 1_000) for each in batch]


def post(client: httpx.Client, *labels: object, path: str = "/labels", **options: Any) -> httpx.Response:
    """Send labels."""
    return client.post(path, json={"labels": labels}, **options)


@pytest.mark.parametrize("path", ["/labels", "/models/churn/labels"])
def test_labels_are_kept_in_the_order_in_which_they_came(
    client: httpx.Client, redis: Redis, path: str
) -> None:
    """Of predictions and of entities alike, and a job is queued for them."""
    answer = post(client, GOOD, {"user_id": "user-1", "label": False, "time": TIME}, path=path)

    assert (answer.status_code, answer.json()) == (202, {"received": 2})
    time_ms = 1_769_860_800_000
    assert kept(redis) == [
        Label(True, time_ms, prediction_id=ID),
        Label(False, time_ms, entity="user-1"),
    ]
    assert label_ledger(redis, "churn").received == 2
    queued = label_job("churn").encode()
    wait_for("the job", lambda: queued in queued_ids(label_queue(redis)), timeout=10)


def test_a_label_without_a_time_became_true_now(client: httpx.Client, redis: Redis) -> None:
    """By the service's clock."""
    assert post(client, {"user_id": "user-1", "label": True}).status_code == 202

    (label,) = kept(redis)
    assert abs(label.time_ms / 1000 - redis.time()[0]) < 60


@pytest.mark.parametrize(
    ("bad", "reason", "field"),
    [
        ({**GOOD, "prediction_id": "17"}, "malformed_id", "labels[1].prediction_id"),
        ({**GOOD, "prediction_id": ID.upper()}, "malformed_id", "labels[1].prediction_id"),
        (
            {**GOOD, "prediction_id": "1f0c7d9a-5a57-4b0e-8f0e-1d2c3b4a5968"},
            "malformed_id",
            "labels[1].prediction_id",
        ),
        ({**GOOD, "prediction_id": 17}, "wrong_type", "labels[1].prediction_id"),
        ({**GOOD, "label": 1}, "wrong_type", "labels[1].label"),
        ({**GOOD, "label": "true"}, "wrong_type", "labels[1].label"),
        ({**GOOD, "label": None}, "null_value", "labels[1].label"),
        ({**GOOD, "time": "2999-01-01T00:00:00Z"}, "time_range", "labels[1].time"),
        ({**GOOD, "time": "1969-12-31T00:00:00Z"}, "time_range", "labels[1].time"),
        ({**GOOD, "time": "2026-01-31T12:00:00"}, "wrong_type", "labels[1].time"),
        ({**GOOD, "time": "2026-01-31"}, "wrong_type", "labels[1].time"),
        ({**GOOD, "time": "20240131"}, "wrong_type", "labels[1].time"),
        ({**GOOD, "time": "2024"}, "wrong_type", "labels[1].time"),
        ({**GOOD, "time": "1700000000.5"}, "wrong_type", "labels[1].time"),
        ({**GOOD, "time": 1_700_000_000}, "wrong_type", "labels[1].time"),
        ({**GOOD, "user_id": "user-1"}, "duplicate_field", "labels[1]"),
        ({"label": True}, "missing_field", "labels[1]"),
        ({"prediction_id": ID}, "missing_field", "labels[1].label"),
        ({**GOOD, "weight": 2}, "unknown_field", "labels[1].weight"),
        ({"user_id": "", "label": True}, "text_length", "labels[1].user_id"),
        ("a text", "wrong_type", "labels[1]"),
    ],
)
def test_a_bad_label_is_named_and_none_is_taken(
    client: httpx.Client, redis: Redis, bad: object, reason: str, field: str
) -> None:
    """By its index and its field; the good ones before and after it are not taken either."""
    answer = post(client, GOOD, bad, GOOD)

    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert (problem["reason"], problem["errors"][0]["field"]) == (reason, field)
    assert problem["detail"].startswith(f"{field}: ")
    assert kept(redis) == []
    assert label_ledger(redis, "churn").received == 0


def test_a_time_of_digits_is_told_how_times_are_written(client: httpx.Client, redis: Redis) -> None:
    """It is not taken for the seconds since 1970."""
    answer = post(client, {**GOOD, "time": "20240131"})

    assert answer.json()["detail"] == (
        "labels[0].time: expected a date and time with its zone by ISO 8601, such as 2026-01-31T12:00:00Z"
    )
    assert kept(redis) == []


@pytest.mark.parametrize("number", ["NaN", "Infinity", "1e999", "0.5"])
def test_no_number_is_a_class(client: httpx.Client, number: str) -> None:
    """JSON has no NaN, and a parser that takes it must not make a class of it."""
    body = f'{{"labels": [{{"user_id": "user-1", "label": {number}}}]}}'
    answer = client.post("/labels", content=body, headers={"content-type": "application/json"})

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "labels[0].label"


@pytest.mark.parametrize("count", [0, 1001])
def test_a_request_has_one_to_a_thousand_labels(client: httpx.Client, redis: Redis, count: int) -> None:
    """More are several requests."""
    answer = post(client, *([GOOD] * count))

    assert (answer.status_code, answer.json()["reason"]) == (422, "label_count")
    assert kept(redis) == []
    assert post(client, *([GOOD] * 1000)).status_code == 202
    assert len(kept(redis)) == 1000


def test_labels_of_another_model_have_no_route(client: httpx.Client) -> None:
    """This service can't know its classes."""
    assert post(client, GOOD, path="/models/other/labels").status_code == 404


def test_labels_that_come_again_under_their_key_are_taken_once(client: httpx.Client, redis: Redis) -> None:
    """The repeat is acknowledged as the first one was, however its body is written."""
    first = post(client, GOOD, headers=KEY)
    again = post(client, dict(reversed(GOOD.items())), headers=KEY)

    assert first.status_code == again.status_code == 202
    assert again.json() == first.json()
    assert len(kept(redis)) == label_ledger(redis, "churn").received == 1


def test_a_key_is_for_the_same_labels_alone(client: httpx.Client, redis: Redis) -> None:
    """Others under it are refused."""
    post(client, GOOD, headers=KEY)
    other = post(client, {**GOOD, "label": False}, headers=KEY)

    assert (other.status_code, other.json()["reason"]) == (422, "key_reused")
    assert len(kept(redis)) == 1


def test_refusals_are_counted_by_reason(client: httpx.Client, service: Running) -> None:
    """In a metric of their own: they are no requests to predict."""
    before = service.value("label_rejections_total", reason="missing_field")
    predictions = service.rejections()
    post(client, {"label": True})

    assert service.value("label_rejections_total", reason="missing_field") == before + 1
    assert service.rejections() == predictions


def test_a_key_of_the_service_is_needed_where_it_has_some(redis_url: str, tmp_path: Path) -> None:
    """As to predict."""
    known = {"Authorization": "Bearer 0123456789abcdef"}
    with (
        serving(tmp_path, redis_url, API_KEYS="0123456789abcdef", **EMBEDDED) as running,
        httpx.Client(base_url=running.url) as client,
    ):
        assert post(client, GOOD).status_code == 401
        assert post(client, GOOD, headers=known).status_code == 202


def test_nothing_is_taken_while_redis_is_away(tmp_path: Path) -> None:
    """The client is told to send the labels again, and when; labels are not spooled."""
    with own_redis(tmp_path) as server:
        server.start()
        with serving(tmp_path, server.url, **EMBEDDED) as running:
            wait_for("predict to be ready", lambda: is_ready(running.url))
            server.stop()
            answer = httpx.post(f"{running.url}/labels", json={"labels": [GOOD]})
            assert (answer.status_code, answer.json()["reason"]) == (503, "unavailable")
            assert answer.headers["retry-after"] == "1"
            server.start()
            with Redis.from_url(server.url) as redis:
                assert redis.exists(LabelKeys("churn").waiting) == 0

                def taken() -> bool:
                    return httpx.post(f"{running.url}/labels", json={"labels": [GOOD]}).status_code == 202

                wait_for("labels to be taken again", taken, timeout=20)
                assert redis.xlen(LabelKeys("churn").waiting) == 1


def test_an_unsampled_prediction_is_known_as_such(redis_url: str, redis: Redis, tmp_path: Path) -> None:
    """The service knows which predictions it leaves out of the log, and says so with the label."""
    with serving(tmp_path, redis_url, LOG_SAMPLE_RATE="0", **EMBEDDED) as running:
        httpx.post(f"{running.url}/labels", json={"labels": [GOOD]})

    assert [label.unsampled for label in kept(redis)] == [True]


@pytest.mark.parametrize("entity", ["Zoë", "a\u0000b", '"quoted"', "\\u0041", "😀", "line\nbreak", "x" * 256])
def test_an_entity_is_kept_as_it_came(client: httpx.Client, redis: Redis, entity: str) -> None:
    """Whatever its characters."""
    assert post(client, {"user_id": entity, "label": True}).status_code == 202
    assert [label.entity for label in kept(redis)] == [entity]
