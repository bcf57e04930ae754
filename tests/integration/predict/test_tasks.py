"""Models of several classes and of values answer, log and count as binary ones do."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from redis import Redis

from bundle import Bundle, Scorer, open_bundle
from contract.keys import Partition
from contract.task import Task
from tests.support.data.once import shop_bundle
from tests.support.http.load import Logged
from tests.support.processes.predict import EMBEDDED, Running, is_ready, serving
from tests.support.processes.redis import RedisServer
from tests.support.records import read_all
from tests.support.waiting import wait_for

LABELS: dict[Task, str] = {"multiclass": "grade", "regression": "amount"}


@pytest.fixture(scope="module", params=["multiclass", "regression"])
def made(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    """A bundle of either task."""
    return shop_bundle(tmp_path_factory, LABELS[request.param])


@pytest.fixture(scope="module")
def running(
    made: Bundle, redis_server: RedisServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Running]:
    """A service of that bundle."""
    variables = {**EMBEDDED, "BUNDLE": str(made.path)}
    with serving(tmp_path_factory.mktemp("predict"), redis_server.url, **variables) as service:
        wait_for("predict to be ready", lambda: is_ready(service.url))
        yield service


@pytest.fixture
def visitor(running: Running, redis_url: str) -> Iterator[httpx.Client]:
    """A client of the service, whose Redis is empty."""
    with httpx.Client(base_url=running.url, timeout=20) as client:
        yield client


ASKED: dict[str, Any] = {
    "id": "k1",
    "features": {"x": 71.5, "y": 9.25, "age": 33, "colour": "red", "member": True},
}


def test_the_answer_is_that_of_the_task(made: Bundle, visitor: httpx.Client, redis: Redis) -> None:
    """A class with all probabilities, or a value; the record says the same."""
    answer = visitor.post("/predict", json=ASKED).raise_for_status().json()

    score = Scorer(made.model_path, made.schema, made.metadata.signature).score_row(ASKED["features"])
    logged = Logged(redis, Partition(made.name, made.version))
    (recorded,) = read_all(made.schema, logged.partition, logged.entries).scores
    assert recorded == score
    if made.metadata.task == "regression":
        assert answer.keys() == {"prediction_id", "prediction", "model", "model_version"}
        assert answer["prediction"] == score
        return
    assert isinstance(score, tuple)
    assert answer["probabilities"] == dict(zip("abc", score, strict=True))
    assert answer["probability"] == max(score)
    assert answer["prediction"] == max(answer["probabilities"], key=answer["probabilities"].__getitem__)


def test_a_request_that_comes_twice_has_one_answer(visitor: httpx.Client) -> None:
    """What Redis remembers of the score gives the same answer."""
    headers = {"Idempotency-Key": "twice"}
    first, second = (visitor.post("/predict", json=ASKED, headers=headers).json() for _ in range(2))

    assert first == second


def test_outcomes_are_counted_by_class_or_as_values(
    made: Bundle, visitor: httpx.Client, running: Running
) -> None:
    """Each outcome begins at zero."""
    answer = visitor.post("/predict", json=ASKED).raise_for_status().json()

    found = {
        name: value for name, value in running.samples().items() if name.startswith("predictions_total{")
    }
    outcomes = {name.partition('outcome="')[2].partition('"')[0]: value for name, value in found.items()}
    counted = "value" if made.metadata.task == "regression" else answer["prediction"]
    assert set(outcomes) == ({"value"} if made.metadata.task == "regression" else {"a", "b", "c"})
    assert outcomes[counted] >= 1
    histogram = "prediction_value" if made.metadata.task == "regression" else "prediction_probability_ratio"
    assert any(name.startswith(f"{histogram}_bucket{{") for name in running.samples())


def test_the_docs_show_the_answer_of_the_task(made: Bundle, visitor: httpx.Client) -> None:
    """The OpenAPI page has the fields of this model's answers."""
    page = visitor.get("/openapi.json").json()
    reference = page["paths"]["/predict"]["post"]["responses"]["200"]["content"]["application/json"]["schema"]
    name = reference["$ref"].rpartition("/")[2]

    assert name == ("ValueAnswer" if made.metadata.task == "regression" else "ClassAnswer")
    assert json.dumps(visitor.get("/model").json()["metadata"]["task"]) == f'"{made.metadata.task}"'
    assert open_bundle(made.path).metadata == made.metadata
