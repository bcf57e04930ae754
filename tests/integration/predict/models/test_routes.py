"""Each model has its own routes, and the first one has those without a name as well."""

from typing import Any

import httpx
import pytest
from redis import Redis

from bundle import Bundle
from contract.labels.ledger import label_ledger
from tests.support.data.three import asked, known_rows, partition_of, score_of
from tests.support.http.load import Logged
from tests.support.processes.predict import Running
from tests.support.waiting import wait_for

NAMES = ["churn", "grades", "amounts"]


@pytest.fixture(params=NAMES)
def bundle(request: pytest.FixtureRequest, bundles: dict[str, Bundle]) -> Bundle:
    """Each of the models."""
    return bundles[request.param]


def test_a_batch_is_answered_by_the_model_of_its_path(bundle: Bundle, visitor: httpx.Client) -> None:
    """Row by row, as the model itself answers."""
    rows = known_rows(bundle)
    body = {"rows": [asked(bundle, row) for row in rows]}
    answers = visitor.post(f"/models/{bundle.name}/predict/batch", json=body).raise_for_status().json()

    told = answers["predictions"]
    assert {answer["model"] for answer in told} == {bundle.name}
    for answer, row in zip(told, rows, strict=True):
        assert score_of(answer) == pytest.approx(row.score, rel=1e-4, abs=1e-4)


def test_labels_go_to_the_model_of_their_path(bundle: Bundle, visitor: httpx.Client, redis: Redis) -> None:
    """And are checked by its classes."""
    label = bundle.metadata.classes[-1] if bundle.metadata.classes else 1.5
    path, entity = f"/models/{bundle.name}/labels", bundle.schema.entity

    taken = visitor.post(path, json={"labels": [{entity: "key-1", "label": label}]})
    refused = visitor.post(path, json={"labels": [{entity: "key-1", "label": "no such class"}]})

    assert (taken.status_code, refused.status_code) == (202, 422)
    assert {name: label_ledger(redis, name).received for name in NAMES} == {
        name: int(name == bundle.name) for name in NAMES
    }


def test_each_tells_what_it_is(bundle: Bundle, visitor: httpx.Client) -> None:
    """Metadata and schema, and whether it is ready."""
    told = visitor.get(f"/models/{bundle.name}").raise_for_status().json()
    assert told["metadata"]["version"] == bundle.version
    assert [each["name"] for each in told["schema"]["features"]] == bundle.schema.feature_names
    ready = visitor.get(f"/models/{bundle.name}/ready").raise_for_status().json()
    assert ready == {"status": "ready", "limitations": []}
    assert visitor.head(f"/models/{bundle.name}").is_success


def test_the_first_one_answers_without_its_name(bundles: dict[str, Bundle], visitor: httpx.Client) -> None:
    """As in a service of that model alone."""
    first = bundles["churn"]
    row = known_rows(first)[0]
    for path in ("/predict", "/models/churn/predict"):
        answer = visitor.post(path, json=asked(first, row)).raise_for_status().json()
        assert score_of(answer) == pytest.approx(row.score, abs=1e-4)
    batch = visitor.post("/predict/batch", json={"rows": [asked(first, row)]}).json()["predictions"]
    assert batch[0]["model"] == "churn"
    assert visitor.post("/labels", json={"labels": [{"user_id": "u", "label": True}]}).status_code == 202
    assert visitor.get("/model").json() == visitor.get("/models/churn").json()


def test_the_models_are_listed_in_their_order(bundles: dict[str, Bundle], visitor: httpx.Client) -> None:
    """With their versions and tasks."""
    assert visitor.get("/models").json() == {
        "models": [
            {"model": name, "state": "served", "model_version": bundle.version, "task": bundle.metadata.task}
            for name, bundle in bundles.items()
        ]
    }


@pytest.mark.parametrize("path", ["/models/nope/predict", "/models/nope", "/models/nope/labels"])
def test_an_unknown_model_is_told_with_those_that_there_are(visitor: httpx.Client, path: str) -> None:
    """As a problem document, whatever is asked of it."""
    answers = [visitor.post(path, json={}), visitor.get(path)]
    assert [answer.status_code for answer in answers] == [404, 404]
    problem = answers[0].json()
    assert answers[0].headers["content-type"] == "application/problem+json"
    assert problem["detail"] == "there is no model of this name; there are: churn, grades, amounts"


def test_another_method_of_a_models_path_is_told(visitor: httpx.Client) -> None:
    """With those that it has."""
    answer = visitor.get("/models/grades/predict")
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")


def test_an_idempotency_key_is_each_models_own(bundles: dict[str, Bundle], visitor: httpx.Client) -> None:
    """The same key for another model is another request."""
    ids = []
    for name in ("grades", "amounts", "grades"):
        body = asked(bundles[name], known_rows(bundles[name])[0])
        answer = visitor.post(f"/models/{name}/predict", json=body, headers={"Idempotency-Key": "one"})
        ids.append(answer.raise_for_status().json()["prediction_id"])
    assert ids[0] == ids[2] != ids[1]


def test_a_record_is_in_the_stream_of_its_model(
    bundle: Bundle, visitor: httpx.Client, redis: Redis, bundles: dict[str, Bundle]
) -> None:
    """And in no other."""
    body = asked(bundle, known_rows(bundle)[0])
    visitor.post(f"/models/{bundle.name}/predict", json=body).raise_for_status()
    found = {name: len(Logged(redis, partition_of(each)).entries) for name, each in bundles.items()}
    assert found == {name: int(name == bundle.name) for name in NAMES}


def test_the_page_has_each_models_request(bundle: Bundle, visitor: httpx.Client) -> None:
    """Its features and its answer, below its own name, and every operation once."""
    page: dict[str, Any] = visitor.get("/openapi.json").json()
    operation = page["paths"][f"/models/{bundle.name}/predict"]["post"]
    body = operation["requestBody"]["content"]["application/json"]
    assert list(body["schema"]["properties"]["features"]["properties"]) == bundle.schema.feature_names
    assert visitor.post(f"/models/{bundle.name}/predict", json=body["example"]).is_success
    assert operation["tags"] == [bundle.name]
    answer = operation["responses"]["200"]["content"]["application/json"]["schema"]["$ref"]
    names = {"binary": "Answer", "multiclass": "ClassAnswer", "regression": "ValueAnswer"}
    assert answer.rpartition("/")[2] == names[bundle.metadata.task]
    operations = [each["operationId"] for path in page["paths"].values() for each in path.values()]
    assert len(operations) == len(set(operations))


def test_what_a_model_refuses_is_counted_as_its_own(
    bundle: Bundle, visitor: httpx.Client, three: Running
) -> None:
    """With its version, and under the path that was asked."""
    path = f"/models/{bundle.name}/predict"
    labels = {**partition_of(bundle).labels, "reason": "missing_field"}
    before = three.value("predict_rejections_total", **labels)
    assert visitor.post(path, json={}).status_code == 422
    assert three.value("predict_rejections_total", **labels) == before + 1
    assert three.value("api_requests_total", route=path, status="422") >= 1
    assert three.value("predict_model_served", model=bundle.name) == 1


def _others(bundles: dict[str, Bundle]) -> list[str]:
    """Where the models after the first one answer."""
    return [f" at /models/{name}/predict" for name in list(bundles)[1:]]


def test_the_root_page_names_each(bundles: dict[str, Bundle], visitor: httpx.Client) -> None:
    """And says which one answers without its name."""
    page = visitor.get("/").text
    assert [bundle.version in page for bundle in bundles.values()] == [True] * 3
    assert [place in page for place in (" at /predict", *_others(bundles))] == [True] * 3
    assert 'href="models"' in page


def test_each_log_is_drained_by_the_service_alone(three: Running) -> None:
    """No two of its logs spool into the same folder."""
    folders = wait_for("a folder for each log", lambda: [*three.log.parent.glob("spool/*/lock")])
    assert len(folders) == 3
