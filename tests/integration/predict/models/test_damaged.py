"""A model whose bundle is damaged is named wherever one looks, and the others serve."""

import shutil
import socket
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from bundle import Bundle
from tests.support.data.three import asked, known_rows
from tests.support.processes.forked import Forked
from tests.support.processes.predict import EMBEDDED, Running, environment, is_ready, serving
from tests.support.processes.redis import RedisServer
from tests.support.waiting import wait_for

MISSING = "model.onnx missing"


@pytest.fixture(scope="module")
def paths(bundles: Mapping[str, Bundle], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Copies of the bundles; the first and the last have no model."""
    folder = tmp_path_factory.mktemp("damaged")
    copies = {name: Path(shutil.copytree(each.path, folder / name)) for name, each in bundles.items()}
    for name in ("churn", "amounts"):
        (copies[name] / "model.onnx").unlink()
    return copies


@pytest.fixture(scope="module")
def running(
    paths: dict[str, Path], redis_server: RedisServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Running]:
    """A service of which one model is well."""
    served = ",".join(map(str, paths.values()))
    variables = {**EMBEDDED, "BUNDLE": served, "PREDICT_WORKERS": "1"}
    with serving(tmp_path_factory.mktemp("predict"), redis_server.url, **variables) as running:
        wait_for("predict to be ready", lambda: is_ready(running.url))
        yield running


@pytest.fixture
def client(running: Running, redis_url: str) -> Iterator[httpx.Client]:
    """A client of that service."""
    with httpx.Client(base_url=running.url, timeout=20) as client:
        yield client


def test_the_others_serve(bundles: Mapping[str, Bundle], client: httpx.Client) -> None:
    """And are ready."""
    body = asked(bundles["grades"], known_rows(bundles["grades"])[0])
    assert client.post("/models/grades/predict", json=body).raise_for_status().json()["model"] == "grades"
    assert client.get("/models/grades/ready").json() == {"status": "ready", "limitations": []}


@pytest.mark.parametrize("name", ["churn", "amounts"])
@pytest.mark.parametrize("path", ["predict", "predict/batch", "labels"])
def test_its_routes_say_so(client: httpx.Client, name: str, path: str) -> None:
    """As a problem document, with what is wrong and what to do; there is nothing to wait a second for."""
    answer = client.post(f"/models/{name}/{path}", json={})
    assert (answer.status_code, answer.headers["content-type"]) == (503, "application/problem+json")
    assert answer.json()["detail"].startswith(f"the model {name} is not served until its bundle is mended")
    assert MISSING in answer.json()["detail"]
    assert answer.json()["reason"] == "unavailable"
    assert "retry-after" not in answer.headers


@pytest.mark.parametrize("path", ["/predict", "/predict/batch", "/labels"])
def test_no_other_model_answers_in_place_of_the_first(client: httpx.Client, path: str) -> None:
    """A client that names none means the first of BUNDLE."""
    answer = client.post(path, json={})
    assert answer.status_code == 503
    assert "the model churn is not served" in answer.json()["detail"]


@pytest.mark.parametrize("path", ["/model", "/models/churn", "/models/churn/ready", "/models/amounts/ready"])
def test_what_it_is_and_whether_it_is_ready(client: httpx.Client, path: str) -> None:
    """Nobody knows the one, and it isn't."""
    assert client.get(path).status_code == 503


def test_it_is_named_wherever_one_looks(running: Running, client: httpx.Client) -> None:
    """In the log, in /ready, in the list, on the root page, and in a gauge."""
    errors = [line["message"] for line in running.lines() if line["level"] == "error"]
    logged = [message for message in errors if message.startswith("the model")]
    assert [message.partition(":")[0] for message in logged] == [
        "the model churn is not served",
        "the model amounts is not served",
    ]
    ready = client.get("/ready")
    assert ready.status_code == 200
    told = [each for each in ready.json()["limitations"] if "is not served" in each]
    assert [each.partition(":")[0] for each in told] == ["churn is not served", "amounts is not served"]
    assert all(MISSING in each for each in told)
    listed = client.get("/models").json()["models"]
    assert [(each["model"], each["state"]) for each in listed] == [
        ("churn", "damaged"),
        ("grades", "served"),
        ("amounts", "damaged"),
    ]
    assert MISSING in listed[0]["detail"]
    assert "The model churn is not served" in client.get("/").text
    found = {
        name: running.value("predict_model_served", model=name) for name in ("churn", "grades", "amounts")
    }
    assert found == {"churn": 0, "grades": 1, "amounts": 0}
    assert running.value("api_requests_total", route="/models/amounts/predict", status="503") >= 0


def test_the_page_has_only_what_is_served(client: httpx.Client) -> None:
    """Of the others the request is not known."""
    paths = client.get("/openapi.json").json()["paths"]
    assert "/models/grades/predict" in paths
    assert "/predict" not in paths
    assert "/models/amounts/predict" not in paths


def test_a_request_that_is_none_is_counted(running: Running) -> None:
    """Also where the first model can't be served."""
    before = running.rejections().get("malformed_http", 0)
    address = urlsplit(running.url)
    with socket.create_connection((str(address.hostname), address.port or 0), timeout=20) as client:
        client.sendall(b"\x01\r\n\r\n")
        assert client.recv(4096).startswith(b"HTTP/1.1 400 ")
    assert running.rejections(model="grades")["malformed_http"] == before + 1


def started(folder: Path, *paths: Path, **variables: str) -> tuple[int, list[str]]:
    """Start a service that does not come to serve; gives its exit code and its lines."""
    printed = folder / "printed"
    given = {"BUNDLE": ",".join(map(str, paths)), "PREDICT_PORT": "0", **variables}
    code = Forked([], environment(**given), printed, "predict").wait(60)
    return code, printed.read_text().splitlines()


def test_where_no_model_can_be_served_it_does_not_start(paths: dict[str, Path], tmp_path: Path) -> None:
    """And says of each what is wrong."""
    code, (line,) = started(tmp_path, paths["churn"], paths["amounts"], tmp_path / "none")
    assert code == 2
    for path in (paths["churn"], paths["amounts"], tmp_path / "none"):
        assert str(path) in line


@pytest.mark.parametrize("damaged", [False, True])
@pytest.mark.parametrize("workers", ["1", "2"])
def test_two_models_of_one_name_are_refused(
    bundles: Mapping[str, Bundle], tmp_path: Path, damaged: bool, workers: str
) -> None:
    """Also where one of them is damaged: nobody could tell whose requests are whose."""
    copied = Path(shutil.copytree(bundles["grades"].path, tmp_path / "other"))
    if damaged:
        (copied / "model.onnx").unlink()
    code, (line,) = started(tmp_path, bundles["grades"].path, copied, PREDICT_WORKERS=workers)
    assert code == 2
    assert line.startswith("predict: BUNDLE: ")
    assert f"{bundles['grades'].path} and {copied} hold models of the same name, grades" in line


@pytest.mark.parametrize("value", [",", "bundles/churn,", "bundles/churn,,bundles/other"])
def test_a_list_with_a_gap_is_refused(tmp_path: Path, value: str) -> None:
    """It would be a model that nobody meant."""
    code, (line,) = started(tmp_path, BUNDLE=value)
    assert code == 2
    assert (
        line == f"predict: BUNDLE: expected folders or models:/NAME@ALIAS, separated by commas, not {value!r}"
    )


def test_several_processes_say_it_once(
    paths: dict[str, Path], redis_url: str, bundles: Mapping[str, Bundle], tmp_path: Path
) -> None:
    """With PREDICT_WORKERS the parent does, and each process serves what is well."""
    given = {"BUNDLE": f"{paths['grades']},{paths['amounts']}", "PREDICT_WORKERS": "2"}
    with serving(tmp_path, redis_url, **given, OTEL_SDK_DISABLED="true") as running:
        wait_for("predict to be ready", lambda: is_ready(running.url))
        body = asked(bundles["grades"], known_rows(bundles["grades"])[0])
        for path in ("/predict", "/models/grades/predict"):
            assert httpx.post(f"{running.url}{path}", json=body).is_success
        assert httpx.post(f"{running.url}/models/amounts/predict", json=body).status_code == 503
        told = [line for line in running.lines() if "is not served" in line["message"]]
    assert len(told) == 1
