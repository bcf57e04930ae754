"""Many rows in one request: an answer for each in their order, a record for each, and shared limits."""

import json
from itertools import pairwise
from threading import Thread
from typing import Any

import httpx
import pytest
from redis import Redis

from contract.partition import ledger
from predict.request.body.read import MAX_BODY
from predict.request.rows import MAX_ROWS, MAX_ROWS_BODY
from tests.support.http.batches import customers, ids_of, post_rows
from tests.support.http.load import Logged, send
from tests.support.processes.predict import Running

JSON = {"Content-Type": "application/json"}


def predicted(running: Running) -> float:
    """How many predictions the service has counted."""
    return running.value("predictions_total")


def test_each_row_is_a_prediction_in_its_place(
    service: Running, client: httpx.Client, logged: Logged, redis: Redis
) -> None:
    """With an id of its own, the answer that /predict gives, and a record in the order of the rows."""
    rows, before = customers(300), predicted(service)
    answers = post_rows(client, rows).json()["predictions"]
    assert predicted(service) == before + 300
    assert logged.ids == [answer["prediction_id"] for answer in answers]
    assert len(set(logged.ids)) == 300
    entries = logged.entries
    assert [entry[b"entity"].decode() for entry in entries] == [row["user_id"] for row in rows]
    assert [json.loads(entry[b"features"]) for entry in entries] == [row["features"] for row in rows]
    single = [client.post("/predict", json=row).json() for row in rows[:20]]
    for one, other in zip(single, answers, strict=False):
        assert {**one, "prediction_id": ""} == {**other, "prediction_id": ""}
    account = ledger(redis, logged.partition)
    assert (account.accepted, account.appended) == (320, 320)
    assert account.differences == []


def test_the_entity_key_is_optional(client: httpx.Client, logged: Logged, asked: dict[str, Any]) -> None:
    """As in a request for one row."""
    rows = [asked, {"features": asked["features"]}, {**asked, "user_id": None}]
    assert ids_of(post_rows(client, rows)) == logged.ids
    assert [entry[b"entity"] for entry in logged.entries] == [b"user-1", b"", b""]


@pytest.mark.parametrize("count", [1, MAX_ROWS])
def test_as_many_rows_as_allowed_are_taken(client: httpx.Client, logged: Logged, count: int) -> None:
    """From one on."""
    assert ids_of(post_rows(client, customers(count))) == logged.ids
    assert len(logged.ids) == count


def test_a_body_may_be_larger_than_that_of_one_row(client: httpx.Client, logged: Logged) -> None:
    """Up to 8 MiB, whatever its layout; /predict keeps its own limit."""
    content = json.dumps({"rows": customers(3)}).encode()
    layout = b" " * (MAX_ROWS_BODY - len(content)) + content
    assert len(ids_of(client.post("/predict/batch", content=layout, headers=JSON))) == 3
    for path, length in (("/predict/batch", MAX_ROWS_BODY), ("/predict", MAX_BODY)):
        answer = client.post(path, content=b" " * (length + 1), headers=JSON)
        assert (answer.status_code, answer.json()["reason"]) == (413, "body_too_large")
        assert str(length) in answer.json()["detail"]
    assert len(logged.ids) == 3


def test_requests_are_counted_under_their_route(service: Running, client: httpx.Client) -> None:
    """One request for all rows."""
    labels = {"route": "/predict/batch", "method": "POST", "status": "200"}
    before = service.value("api_requests_total", **labels)
    post_rows(client, customers(5))
    assert service.value("api_requests_total", **labels) == before + 1
    assert service.value("api_request_latency_seconds_count", **labels) == before + 1


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT"])
def test_only_a_post_predicts(client: httpx.Client, method: str) -> None:
    """The answer says so."""
    answer = client.request(method, "/predict/batch")
    assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")


def test_a_single_record_does_not_wait_behind_a_thousand(
    service: Running, client: httpx.Client, logged: Logged, asked: dict[str, Any]
) -> None:
    """Requests that are answered meanwhile have their records between the rows of a batch."""
    single: list[str] = []

    def ask() -> None:
        while batches.is_alive():
            single.extend(send(service.url, asked, 8, at_once=2).predicted)

    rows = customers(MAX_ROWS)
    found: list[str] = []

    def ask_for_batches() -> None:
        for _ in range(5):
            found.extend(ids_of(post_rows(client, rows)))

    batches = Thread(target=ask_for_batches)
    batches.start()
    ask()
    batches.join()
    ids, of_batches = logged.ids, set(found)
    places = [place for place, each in enumerate(ids) if each in of_batches]
    assert [ids[place] for place in places] == found
    assert sorted(ids) == sorted(found + single)
    whole = [places[start : start + MAX_ROWS] for start in range(0, len(places), MAX_ROWS)]
    assert any(second - first > 1 for batch in whole for first, second in pairwise(batch))


def test_batches_at_the_same_time_are_all_answered(service: Running, logged: Logged) -> None:
    """One after the other, each as a whole."""
    found: list[list[str]] = []

    def ask() -> None:
        with httpx.Client(base_url=service.url, timeout=30) as client:
            found.append(ids_of(post_rows(client, customers(200))))

    threads = [Thread(target=ask) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 6
    assert sorted(logged.ids) == sorted(each for ids in found for each in ids)


def test_a_row_may_be_as_long_as_the_body_of_a_single_one(client: httpx.Client) -> None:
    """1 MiB, what separates it from the next not counted; a longer one is named."""
    row = json.dumps(customers(1)[0]).encode()
    longest = row[:-1].ljust(2**20 - 1) + b"}"
    for content, status in ((longest, 200), (longest[:-1] + b" }", 413)):
        body = b'{"rows": [' + row + b", " + content + b" , " + row + b"]}"
        answer = client.post("/predict/batch", content=body, headers={"Content-Type": "application/json"})
        assert answer.status_code == status, answer.text
    assert "rows[1] is larger than 1048576 bytes" in answer.text
