"""A client that asks again under its Idempotency-Key gets the first answer, and one record."""

import asyncio
from pathlib import Path
from typing import Any

import httpx
import pytest
from redis import Redis

from contract.partition import ledger
from tests.support.http.load import Logged
from tests.support.processes.predict import EMBEDDED, Running, is_ready, serving
from tests.support.processes.redis import own_redis
from tests.support.waiting import wait_for

KEY = {"Idempotency-Key": "order 66"}


def repeated(running: Running) -> float:
    """How many records the service has counted as repeated."""
    return running.value("feature_log_records_total", outcome="repeated")


def test_a_repeat_gets_the_same_answer(
    service: Running, client: httpx.Client, logged: Logged, asked: dict[str, Any], redis: Redis
) -> None:
    """Whatever its body's layout: it is one record, and counted as repeated."""
    before = repeated(service)
    first = client.post("/predict", json=asked, headers=KEY)
    again = client.post("/predict", json=dict(reversed(asked.items())), headers=KEY)
    assert first.status_code == again.status_code == 200
    assert again.json() == first.json()
    assert logged.ids == [first.json()["prediction_id"]]
    assert repeated(service) == before + 1
    account = ledger(redis, logged.partition)
    assert (account.repeated, account.appended) == (1, 1)
    assert account.differences == []


def test_repeats_at_the_same_time_get_the_same_answer(
    client: httpx.Client, logged: Logged, asked: dict[str, Any], service: Running
) -> None:
    """A client that loses patience asks again while its first request is under way."""

    async def send() -> list[httpx.Response]:
        async with httpx.AsyncClient(base_url=service.url, timeout=30) as clients:
            return await asyncio.gather(
                *(clients.post("/predict", json=asked, headers=KEY) for _ in range(20))
            )

    answers = {answer.json()["prediction_id"] for answer in asyncio.run(send())}
    assert list(answers) == logged.ids


def test_without_a_key_the_same_request_is_another(
    client: httpx.Client, logged: Logged, asked: dict[str, Any]
) -> None:
    """As is one under another key."""
    for headers in ({}, {}, {"Idempotency-Key": "a"}, {"Idempotency-Key": "b"}):
        assert client.post("/predict", json=asked, headers=headers).status_code == 200
    assert len(set(logged.ids)) == 4


def test_a_key_that_was_used_for_something_else_is_refused(
    client: httpx.Client, logged: Logged, asked: dict[str, Any]
) -> None:
    """The client is told, since its two requests can't have the same answer."""
    client.post("/predict", json=asked, headers=KEY).raise_for_status()
    other = {**asked, "features": {**asked["features"], "months_active": 1}}
    answer = client.post("/predict", json=other, headers=KEY)
    assert (answer.status_code, answer.json()["reason"]) == (422, "key_reused")
    assert len(logged.ids) == 1


@pytest.mark.parametrize("key", [b"", b"k" * 256, b"tab\there", "schlüssel".encode("latin-1")])
def test_what_is_no_key_is_refused(client: httpx.Client, asked: dict[str, Any], key: bytes) -> None:
    """Before anything is scored."""
    answer = client.post("/predict", json=asked, headers=[(b"Idempotency-Key", key)])
    assert (answer.status_code, answer.json()["reason"]) == (400, "key_invalid")


def test_a_key_used_while_redis_is_away_is_one_record(
    tmp_path: Path, asked: dict[str, Any], logged: Logged
) -> None:
    """Then nobody can know of the first use; but when the spool drains, the repeat is not appended."""
    with own_redis(tmp_path) as server, serving(tmp_path, server.url, **EMBEDDED) as running:
        with httpx.Client(base_url=running.url, timeout=20) as client:
            answers = [client.post("/predict", json=asked, headers=KEY) for _ in range(3)]
            assert [answer.status_code for answer in answers] == [200] * 3
            server.start()
            wait_for("the spool to be drained", lambda: not running.value("feature_log_spool_records"))
            wait_for("predict to be ready", lambda: is_ready(running.url))
            first = client.post("/predict", json=asked, headers=KEY).json()["prediction_id"]
        with Redis.from_url(server.url) as redis:
            assert Logged(redis, logged.partition).ids == [first] == [answers[0].json()["prediction_id"]]
            account = ledger(redis, logged.partition)
            assert (account.accepted, account.appended, account.repeated) == (4, 1, 3)
            assert account.differences == []
