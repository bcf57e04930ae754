"""A feature server that is slow, hangs, cuts its answers off or says something else, made by hand.

Whatever it does, requests that bring all features are answered, and never touch it.
"""

import asyncio
import json
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler
from threading import Event
from typing import Any

import httpx
import pytest
from redis import Redis

from predict.features.calls import MAX_ENTITIES, MAX_TRIES
from predict.features.circuit import FAILURES
from tests.support.feast.odd import (
    TYPICAL,
    OddServer,
    Say,
    answer,
    cut_off,
    hanging,
    odd_server,
    refusing,
    reply,
    says,
    values,
)
from tests.support.http.load import Logged, send
from tests.support.processes.predict import EMBEDDED, Running, is_ready, serving
from tests.support.processes.redis import RedisServer
from tests.support.waiting import wait_for

ALONE = {"user_id": "u"}
WHOLE = {"user_id": "u", "features": TYPICAL}


@pytest.fixture(scope="module")
def odd() -> Iterator[OddServer]:
    """The server, for all tests of the module."""
    with odd_server() as server:
        yield server


@pytest.fixture(scope="module")
def service(
    odd: OddServer, redis_server: RedisServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Running]:
    """A service that asks it."""
    folder = tmp_path_factory.mktemp("predict")
    settings = {"FEATURES_URL": odd.url, "FEATURES_TIMEOUT": "1"}
    with serving(folder, redis_server.url, **settings, **EMBEDDED) as running:
        wait_for("predict to be ready", lambda: is_ready(running.url))
        yield running


@pytest.fixture
def client(service: Running, odd: OddServer, redis_url: str) -> Iterator[httpx.Client]:
    """A client of the service; the feature server is well, and nobody has asked it yet."""
    odd.say = values()
    with httpx.Client(base_url=service.url, timeout=60) as client:
        wait_for("look-ups to go on", lambda: client.post("/predict", json=ALONE).status_code == 200)
        odd.calls.clear()
        yield client


def detail(client: httpx.Client) -> str:
    """What is told to whom something is to be looked up, which has to be a 503."""
    refused = client.post("/predict", json=ALONE)
    assert (refused.status_code, refused.json()["reason"]) == (503, "features_unavailable")
    return str(refused.json()["detail"])


def test_requests_that_are_there_at_once_share_a_call(client: httpx.Client, odd: OddServer) -> None:
    """Each gets what is its own."""
    slow = values()

    def say(handler: BaseHTTPRequestHandler, entities: Sequence[str]) -> None:
        odd.ended.wait(0.1)
        slow(handler, entities)

    odd.say = say

    async def ask() -> list[httpx.Response]:
        async with httpx.AsyncClient(base_url=str(client.base_url), timeout=60) as many:
            return await asyncio.gather(
                *(many.post("/predict", json={"user_id": f"u{number % 50}"}) for number in range(64))
            )

    assert {each.status_code for each in asyncio.run(ask())} == {200}
    assert max(map(len, odd.calls)) <= MAX_ENTITIES
    assert len(odd.calls) <= 64 / 4
    assert all(len(call) == len(set(call)) for call in odd.calls)


def test_a_server_that_hangs_costs_no_more_than_a_refusal(
    client: httpx.Client, service: Running, odd: OddServer
) -> None:
    """After a few calls nobody asks it but who tries whether it answers again; then look-ups go on."""
    odd.say = hanging(odd)
    for _ in range(FAILURES):
        assert "did not answer within 1 s" in detail(client)
    before = len(odd.calls)
    outcomes = send(service.url, ALONE, 200)
    assert outcomes.statuses == {503: 200}
    assert len(odd.calls) - before <= 2 + outcomes.slowest
    assert send(service.url, WHOLE, 200).statuses == {200: 200}
    told = f"the feature server {odd.url.removeprefix('http://')} did not answer within 1 s"
    assert told in client.get("/ready").json()["limitations"]
    odd.say = values()
    wait_for("look-ups to go on", lambda: client.post("/predict", json=ALONE).status_code == 200)


def test_whoever_brings_all_features_never_touches_it(
    client: httpx.Client, odd: OddServer, service: Running
) -> None:
    """One or many."""
    assert client.post("/predict", json=WHOLE).status_code == 200
    assert client.post("/predict", json={"features": TYPICAL}).status_code == 200
    assert client.post("/predict/batch", json={"rows": [WHOLE] * 3}).status_code == 200
    assert odd.calls == []


def test_an_answer_that_is_cut_off_is_asked_for_once_more(client: httpx.Client, odd: OddServer) -> None:
    """On a new connection; Feast resets one after an error."""
    well = values()

    def say(handler: BaseHTTPRequestHandler, entities: Sequence[str]) -> None:
        (cut_off if len(odd.calls) == 1 else well)(handler, entities)

    odd.say = say
    assert client.post("/predict", json=ALONE).status_code == 200
    assert odd.calls == [["u"], ["u"]]
    odd.say = cut_off
    assert "before its answer was complete" in detail(client)
    assert len(odd.calls) == 4


@pytest.mark.parametrize(
    ("say", "told"),
    [
        (says(b"<html>hello</html>"), "answered with something else"),
        (says(b""), "answered with something else"),
        (says(b"{}"), "answered with something else"),
        (says(b"[" * 100_000), "answered with something else"),
        (says(b"", 204), "answered 204"),
        (says(b"", 302), "answered 302"),
        (says(b"no", 404), "answered 404"),
        (lambda handler, entities: reply(handler, answer(TYPICAL, [*entities, "another"])), "2 values for 1"),
        (lambda handler, entities: reply(handler, answer(TYPICAL, entities)[:-1]), "else"),
        (says(b"x" * (9 * 1024 * 1024)), "more than 8388608 bytes"),
    ],
)
def test_an_answer_that_is_none_is_told(
    client: httpx.Client, service: Running, odd: OddServer, say: Say, told: str
) -> None:
    """As an error of the server's, however often it comes: an answer never closes the way."""
    before = service.value("feature_lookups_total", outcome="wrong")
    odd.say = say
    for _ in range(FAILURES + 1):
        assert told in detail(client)
    assert service.value("feature_lookups_total", outcome="wrong") == before + FAILURES + 1
    odd.say = values()
    assert client.post("/predict", json=ALONE).status_code == 200


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("net_service", 3),
        ("monthly_fee", "29"),
        ("paperless_billing", 1),
        ("skips_7d", True),
        ("skips_7d", [1]),
    ],
)
def test_a_value_of_another_type_is_the_servers_error(
    client: httpx.Client, odd: OddServer, name: str, value: Any
) -> None:
    """503, by the name of the feature."""
    odd.say = values(**{name: value})
    refused = client.post("/predict", json=ALONE)
    assert refused.status_code == 503
    assert [each["field"] for each in refused.json()["errors"]] == [f"features.{name}"]
    assert str(value) not in refused.json()["detail"]


def test_an_entity_that_the_server_refuses_is_nobody_elses_error(
    client: httpx.Client, odd: OddServer
) -> None:
    """One of a batch of 20 is named, and those that were asked for at the same time are answered."""
    odd.say = refusing("bad", values())
    rows = [{"user_id": "bad" if number == 13 else f"u{number}"} for number in range(20)]
    refused = client.post("/predict/batch", json={"rows": rows})
    assert refused.status_code == 503
    assert [each["field"] for each in refused.json()["errors"]] == ["rows[13].user_id"]

    async def ask() -> list[int]:
        async with httpx.AsyncClient(base_url=str(client.base_url), timeout=60) as many:
            answers = await asyncio.gather(*(many.post("/predict", json=row) for row in rows))
        return [each.status_code for each in answers]

    assert asyncio.run(ask()) == [503 if number == 13 else 200 for number in range(20)]


def test_a_server_that_refuses_everything_is_not_asked_for_ever(
    client: httpx.Client, service: Running, odd: OddServer
) -> None:
    """A call is divided a few times, and counted as refused; a proxy's 503 is no answer: nobody waits."""
    before = service.value("feature_lookups_total", outcome="refused")
    odd.say = says(b"no", 500)
    assert "answered 500" in detail(client)
    assert len(odd.calls) == 1
    rows = [{"user_id": f"u{number}"} for number in range(MAX_ENTITIES)]
    assert client.post("/predict/batch", json={"rows": rows}).status_code == 503
    assert len(odd.calls) <= 1 + 1 + MAX_TRIES
    assert service.value("feature_lookups_total", outcome="refused") == before + 1 + MAX_ENTITIES
    odd.say = says(b"away", 503)
    for _ in range(FAILURES):
        assert "answered 503" in detail(client)
    odd.calls.clear()
    assert send(service.url, ALONE, 50).statuses == {503: 50}
    assert len(odd.calls) <= 30


def test_a_batch_that_waits_for_look_ups_keeps_no_other_waiting(client: httpx.Client, odd: OddServer) -> None:
    """One that brings all features is answered meanwhile."""
    well, go_on = values(), Event()
    odd.calls.clear()

    def say(handler: BaseHTTPRequestHandler, entities: Sequence[str]) -> None:
        go_on.wait(30)
        well(handler, entities)

    odd.say = say
    with ThreadPoolExecutor(1) as threads:
        waits = threads.submit(client.post, "/predict/batch", json={"rows": [ALONE] * 3})
        wait_for("the batch's look-up", lambda: odd.calls)
        assert client.post("/predict/batch", json={"rows": [WHOLE] * 3}).status_code == 200
        go_on.set()
        waits.result()


def test_a_repeat_gets_the_first_answer_though_values_have_changed(
    client: httpx.Client, odd: OddServer, logged: Logged
) -> None:
    """What counts is what the request says; one that says something else may not have the key."""
    key = {"Idempotency-Key": "k1"}
    first = client.post("/predict", json=ALONE, headers=key).json()
    odd.say = values(monthly_fee=118.0, months_active=1)
    assert client.post("/predict", json=ALONE, headers=key).json() == first
    assert client.post("/predict", json=ALONE).json()["probability"] != first["probability"]
    odd.say = says(b"no", 500)
    assert client.post("/predict", json=ALONE, headers=key).json() == first
    assert client.post("/predict", json={"user_id": "v"}, headers=key).status_code == 503
    odd.say = values(monthly_fee=118.0, months_active=1)
    other = client.post("/predict", json={**ALONE, "features": {"monthly_fee": 118.0}}, headers=key)
    assert other.json()["reason"] == "key_reused"


def test_a_batch_that_is_repeated_needs_no_feature_server(
    client: httpx.Client, odd: OddServer, logged: Logged
) -> None:
    """Nobody is asked about rows that were answered; for others under that key the server is needed."""
    key, before = {"Idempotency-Key": "k1"}, len(logged.ids)
    rows = [WHOLE, *({"user_id": f"u{number}"} for number in range(150))]
    first = client.post("/predict/batch", json={"rows": rows}, headers=key).json()
    odd.calls.clear()
    odd.say = says(b"no", 500)
    assert client.post("/predict/batch", json={"rows": rows}, headers=key).json() == first
    assert odd.calls == []
    other = client.post("/predict/batch", json={"rows": rows[::-1]}, headers=key)
    assert other.json()["reason"] == "features_unavailable"
    odd.say = values()
    other = client.post("/predict/batch", json={"rows": rows[::-1]}, headers=key)
    assert other.json()["reason"] == "key_reused"
    assert len(logged.ids) == before + len(rows)


def test_a_batch_of_which_a_row_is_forgotten_is_looked_up(
    client: httpx.Client, odd: OddServer, logged: Logged, redis: Redis
) -> None:
    """Rows that are remembered get their first answers, and the other is taken."""
    key, before = {"Idempotency-Key": "k1"}, len(logged.ids)
    rows = [{"user_id": f"u{number}"} for number in range(100)]
    first = client.post("/predict/batch", json={"rows": rows}, headers=key).json()["predictions"]
    remembered = [*redis.scan_iter(match="*:idempotency:*")]
    assert len(remembered) == len(rows)
    redis.delete(remembered[0])
    again = client.post("/predict/batch", json={"rows": rows}, headers=key).json()["predictions"]
    assert len(again) == len(rows)
    assert sum(one == other for one, other in zip(first, again, strict=True)) == len(rows) - 1
    assert len(logged.ids) == before + len(rows) + 1


def test_the_page_shows_both_forms(client: httpx.Client) -> None:
    """With an example of each, both of which are accepted."""
    page = client.get("/openapi.json").json()
    for path in ("/predict", "/predict/batch"):
        post = page["paths"][path]["post"]
        assert {"404", "422", "503"} <= post["responses"].keys()
        examples = post["requestBody"]["content"]["application/json"]["examples"]
        assert list(examples) == ["entity", "features"]
        for example in examples.values():
            assert client.post(path, json=example["value"]).status_code == 200
    assert json.dumps(page["paths"]["/predict"]).count("PredictionRequestByEntity") == 1
