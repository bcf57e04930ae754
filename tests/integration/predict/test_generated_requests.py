"""Requests that nobody thought of: none ends in a server error, and nothing invalid gets into the stream."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import given, settings
from hypothesis import strategies as st
from redis import Redis
from schemathesis import GenerationMode

from bundle import Bundle
from contract.keys import Partition
from tests.support.http.generated import (
    BODY,
    EXAMPLE,
    SCHEMA,
    changed_features,
    good_features,
    json_values,
    mutated,
)
from tests.support.http.generated_batches import Batch, batches
from tests.support.http.load import Logged
from tests.support.processes.predict import Running
from tests.support.processes.redis import RedisServer
from tests.support.records import read_all

REFUSALS = {400, 413, 415, 422}
generated = settings(max_examples=300)


@pytest.fixture(scope="module")
def answered(service: Running, redis_server: RedisServer, bundle: Bundle) -> Iterator[list[str]]:
    """Prediction ids that were answered; in the end each is a valid record, and there is no other."""
    answered: list[str] = []
    with Redis.from_url(redis_server.url, protocol=2) as redis:
        redis.flushall()
        yield answered
        partition = Partition(bundle.name, bundle.version)
        entries = Logged(redis, partition).entries
    assert sorted(read_all(bundle.schema, partition, entries).prediction_ids) == sorted(answered)
    assert not [line for line in service.lines() if line["level"] == "error"]


@pytest.fixture(scope="module")
def poster(service: Running, answered: list[str]) -> Iterator[httpx.Client]:
    """A client that remembers what it was answered."""

    def remember(response: httpx.Response) -> None:
        response.read()
        if response.status_code == 200:
            answered.extend(ids_in(response.json()))

    with httpx.Client(base_url=service.url, timeout=30, event_hooks={"response": [remember]}) as client:
        yield client


def ids_in(answer: dict[str, Any]) -> list[str]:
    """The prediction ids of an answer, to one row or to many."""
    return [each["prediction_id"] for each in answer.get("predictions", [answer])]


def post(client: httpx.Client, content: bytes, content_type: str = "application/json") -> httpx.Response:
    """Send one body."""
    return client.post("/predict", content=content, headers={"Content-Type": content_type})


@generated
@given(features=good_features, entity=st.none() | st.text(min_size=1, max_size=256))
def test_every_valid_request_is_answered(
    poster: httpx.Client, features: dict[str, Any], entity: str | None
) -> None:
    """Whatever the values are."""
    answer = post(poster, json.dumps({SCHEMA.entity: entity, "features": features}).encode())
    assert answer.status_code == 200, answer.text
    assert 0.0 <= answer.json()["probability"] <= 1.0


@generated
@given(changes=changed_features)
def test_changed_features_are_answered_or_refused(poster: httpx.Client, changes: dict[str, Any]) -> None:
    """A refusal names a field that was changed."""
    answer = post(poster, json.dumps({"features": EXAMPLE["features"] | changes}).encode())
    if answer.status_code == 422:
        named = {error["field"] for error in answer.json()["errors"]}
        assert named & {f"features.{name[:64]}" for name in changes}
    else:
        assert answer.status_code in {200, 400}, answer.text


@generated
@given(content=mutated() | st.binary(max_size=300) | json_values.map(json.dumps).map(str.encode))
def test_other_bodies_are_answered_or_refused(poster: httpx.Client, content: bytes) -> None:
    """Never a server error."""
    assert post(poster, content).status_code in REFUSALS | {200}


@settings(max_examples=200)
@given(batch=batches())
def test_batches_are_answered_or_refused_as_a_whole(poster: httpx.Client, batch: Batch) -> None:
    """Never a server error; a bad row is named, and no record is of a refused batch, as the end shows."""
    answer = poster.post("/predict/batch", content=batch.body, headers={"Content-Type": "application/json"})
    if batch.valid:
        assert answer.status_code == 200, answer.text
        assert len(answer.json()["predictions"]) == batch.rows
    else:
        assert answer.status_code in REFUSALS, answer.text
        if batch.bad_row is not None:
            assert answer.json()["errors"][0]["field"].startswith(f"rows[{batch.bad_row}]")


@generated
@given(content_type=st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=40))
def test_other_content_types_are_refused(poster: httpx.Client, content_type: str) -> None:
    """Unless it is JSON after all."""
    assert post(poster, BODY, content_type).status_code in {200, 415}


@pytest.mark.parametrize(
    ("method", "path", "mode"),
    [
        ("POST", "/predict", GenerationMode.POSITIVE),
        ("POST", "/predict", GenerationMode.NEGATIVE),
        ("POST", "/predict/batch", GenerationMode.POSITIVE),
        ("POST", "/predict/batch", GenerationMode.NEGATIVE),
        *(("GET", path, GenerationMode.POSITIVE) for path in ("/health", "/ready", "/model", "/metrics")),
    ],
)
def test_the_service_is_as_its_page_says(
    service: Running, answered: list[str], method: str, path: str, mode: GenerationMode
) -> None:
    """Statuses, content types and bodies are declared, valid requests accepted, invalid ones refused."""
    page = schemathesis.openapi.from_url(f"{service.url}/openapi.json")

    @settings(parent=generated, max_examples=100)
    @given(case=page[path][method].as_strategy(generation_mode=mode))
    def check(case: Any) -> None:
        response = case.call_and_validate()
        if method == "POST" and response.status_code == 200:
            answered.extend(ids_in(response.json()))

    check()
