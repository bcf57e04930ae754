"""A shadow scores the rows that were answered, under the ids of their answers."""

from collections.abc import Iterator, Sequence
from typing import Any

import httpx
import pytest
from pydantic_core import from_json
from redis import Redis

from bundle import Bundle, Scorer
from contract.keys import Partition
from contract.partition import ledger
from tests.support.http.load import Logged
from tests.support.processes.predict import EMBEDDED, Running, is_ready, serving
from tests.support.processes.redis import RedisServer
from tests.support.processes.shadows import wait_for_shadows
from tests.support.waiting import wait_for


@pytest.fixture(scope="module")
def service(
    challengers: dict[str, Bundle], redis_server: RedisServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Running]:
    """A service whose model has a shadow."""
    variables = {**EMBEDDED, "SHADOW": str(challengers["good"].path)}
    with serving(tmp_path_factory.mktemp("predict"), redis_server.url, **variables) as running:
        wait_for("predict to be ready", lambda: is_ready(running.url))
        wait_for_shadows(running, challengers["good"].version)
        yield running


@pytest.fixture
def shadow(challengers: dict[str, Bundle]) -> Bundle:
    """The shadow's bundle."""
    return challengers["good"]


@pytest.fixture
def shadowed(redis: Redis, shadow: Bundle) -> Logged:
    """The shadow's own stream."""
    return Logged(redis, Partition(shadow.name, shadow.version))


def outcomes(service: Running) -> dict[str, float]:
    """How many rows came to each outcome so far."""
    return {
        outcome: service.value("predict_shadow_rows_total", outcome=outcome)
        for outcome in ("scored", "shed", "refused", "failed")
    }


def test_each_row_is_scored_under_the_id_of_its_answer(  # noqa: PLR0917 - fixtures
    service: Running,
    client: httpx.Client,
    requests: Sequence[dict[str, Any]],
    shadow: Bundle,
    logged: Logged,
    shadowed: Logged,
) -> None:
    """With the same time, entity and features, by the shadow's own model, into its own stream."""
    before = outcomes(service)
    answers = [client.post("/predict", json=each).raise_for_status().json() for each in requests]
    wait_for("the shadow to log them", lambda: len(shadowed.ids) == len(requests))

    assert shadowed.ids == [each["prediction_id"] for each in answers]
    scorer = Scorer(shadow.model_path, shadow.schema, shadow.metadata.signature)
    for record, answered, request in zip(shadowed.entries, logged.entries, requests, strict=True):
        assert record[b"version"].decode() == shadow.version
        for name in (b"timestamp", b"entity", b"features", b"traceparent"):
            assert record[name] == answered[name]
        features = from_json(record[b"features"])
        assert features == request["features"]
        assert float(record[b"score"]) == pytest.approx(scorer.score_row(features), abs=1e-6)
    assert {answer["model_version"] for answer in answers}.isdisjoint({shadow.version})
    assert outcomes(service) == {**before, "scored": before["scored"] + len(requests)}


def test_a_batch_is_scored_too(
    service: Running, client: httpx.Client, requests: Sequence[dict[str, Any]], shadowed: Logged
) -> None:
    """All of its thousand rows."""
    answered = client.post("/predict/batch", json={"rows": [*requests] * 10}).raise_for_status().json()
    wait_for("the shadow to log them", lambda: len(shadowed.ids) == 1000)
    assert shadowed.ids == [each["prediction_id"] for each in answered["predictions"]]


def test_a_repeat_is_not_scored_again(
    client: httpx.Client, requests: Sequence[dict[str, Any]], shadowed: Logged
) -> None:
    """Neither of a single request nor of a batch."""
    rows = {"rows": requests[1:4]}
    for _ in range(2):
        client.post("/predict", json=requests[0], headers={"Idempotency-Key": "one"}).raise_for_status()
        client.post("/predict/batch", json=rows, headers={"Idempotency-Key": "many"}).raise_for_status()
    client.post("/predict", json=requests[5]).raise_for_status()
    wait_for("the shadow to log the last one", lambda: shadowed.entries[-1:] and len(shadowed.ids) >= 5)
    assert len(shadowed.ids) == 5


def test_how_the_answers_differ(
    service: Running, client: httpx.Client, requests: Sequence[dict[str, Any]], shadow: Bundle
) -> None:
    """Rows whose class is another one, and by how much the scores differ: not at all, by the same model."""
    before, scored = service.value("predict_shadow_disagreements_total"), outcomes(service)["scored"]
    answers = [client.post("/predict", json=each).raise_for_status().json() for each in requests]
    threshold = shadow.metadata.threshold
    assert threshold is not None
    positive = shadow.metadata.classes[1]
    expected = sum((each["prediction"] == positive) != (each["probability"] >= threshold) for each in answers)
    assert expected > 0
    wait_for("the shadow to score them", lambda: outcomes(service)["scored"] == scored + len(requests))
    assert service.value("predict_shadow_disagreements_total") == before + expected
    assert service.value("predict_shadow_difference_total") == pytest.approx(0, abs=1e-4)
    assert service.value("predict_shadow_run_seconds_count") > 0


def test_it_is_listed_and_limits_nothing(service: Running, client: httpx.Client, shadow: Bundle) -> None:
    """With its version, where the models are."""
    (listed,) = client.get("/models").json()["models"]
    told = {"model_version": shadow.version, "state": "scoring", "detail": None}
    assert listed["shadows"] == [told]
    assert not [each for each in client.get("/ready").json()["limitations"] if "shadow" in each]


@pytest.mark.alone  # a shadow has only what the others leave of a core, and a second when the service ends
def test_what_waits_when_the_service_ends_is_scored(
    challengers: dict[str, Bundle],
    redis_url: str,
    requests: Sequence[dict[str, Any]],
    shadowed: Logged,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """And the shadow's ledger is balanced; the log tells nothing of a crash."""
    variables = {**EMBEDDED, "SHADOW": str(challengers["good"].path)}
    with serving(tmp_path_factory.mktemp("predict"), redis_url, **variables) as running:
        wait_for_shadows(running, challengers["good"].version)
        httpx.post(f"{running.url}/predict/batch", json={"rows": requests}, timeout=20).raise_for_status()
    account = ledger(shadowed.redis, shadowed.partition)
    assert len(shadowed.ids) == len(requests) == account.open
    assert not account.differences
    assert not [line for line in running.lines() if line["level"] in ("warning", "error")]
