"""Another bundle takes over without a restart, and a bad one is refused while the old one serves on."""

import os
import shutil
import signal
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
from redis import Redis

from bundle import open_bundle
from contract.keys import Partition
from tests.support.data.three import asked, known_rows
from tests.support.data.versions import EXAMPLE, broken, put, version
from tests.support.http.load import send
from tests.support.processes.pipeline import pipeline
from tests.support.processes.predict import EMBEDDED, Running, is_ready, serving
from tests.support.waiting import wait_for

ROWS = 50
"""Of a window."""


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder with the example's bundle, which predict serves."""
    return Path(shutil.copytree(EXAMPLE, tmp_path / "churn"))


@pytest.fixture
def running(place: Path, redis_url: str, tmp_path: Path) -> Iterator[Running]:
    """predict, in one process that follows the folder."""
    with serving(tmp_path, redis_url, **EMBEDDED, BUNDLE=str(place)) as running:
        wait_for("predict to be ready", lambda: is_ready(running.url))
        yield running


def body() -> dict[str, Any]:
    """A request that every version answers."""
    bundle = open_bundle(EXAMPLE)
    return asked(bundle, known_rows(bundle)[0])


def served(running: Running) -> str:
    """The version that answers now."""
    return _answering(running.url)


def _answers(url: str, version: str) -> bool:
    return _answering(url) == version


def _answering(url: str) -> str:
    answer = httpx.post(f"{url}/predict", json=body())
    return str(answer.raise_for_status().json()["model_version"])


def model(running: Running) -> dict[str, Any]:
    """What GET /model tells."""
    found: dict[str, Any] = httpx.get(f"{running.url}/model").raise_for_status().json()
    return found


def test_another_bundle_takes_over(running: Running, place: Path, tmp_path: Path) -> None:
    """Answers, pages and figures are those of the new version, and the old one's gauges end."""
    first = open_bundle(EXAMPLE)
    began = model(running)
    assert httpx.get(f"{running.url}/openapi.json").json()["info"]["version"] == first.version
    second = version(tmp_path / "second", 0.4)
    put(second.path, place)
    wait_for("the second version to serve", lambda: served(running) == second.version, timeout=10)
    told = model(running)
    assert told["metadata"]["version"] == second.version
    assert told["served_since"] > began["served_since"]
    assert told["refused"] is None
    assert httpx.get(f"{running.url}/openapi.json").json()["info"]["version"] == second.version
    assert second.version in httpx.get(running.url).text
    for name in ("predict_build_info", "predict_model_served_since_timestamp_seconds"):
        versions = [key for key in running.samples() if key.startswith(name)]
        assert len(versions) == 1, versions
        assert second.version in versions[0]
    assert running.value("predictions_total", model_version=second.version) >= 1
    put(EXAMPLE, place)
    wait_for("the first version to serve again", lambda: served(running) == first.version, timeout=10)
    assert running.value("predict_build_info", model_version=first.version) == 1


def test_a_bad_bundle_is_refused_and_the_old_one_serves_on(
    running: Running, place: Path, tmp_path: Path
) -> None:
    """With one line, a gauge and a word wherever one looks; moved back, all is fine."""
    put(broken(tmp_path / "broken"), place)
    wait_for("the refusal", lambda: running.value("predict_model_refused") == 1, timeout=10)
    first = open_bundle(EXAMPLE)
    assert served(running) == first.version
    told = model(running)["refused"]
    assert "content hash" in told["detail"]
    ready = httpx.get(f"{running.url}/ready").raise_for_status().json()
    assert "content hash" in ready["limitations"][0]
    assert running.value("predict_model_served", model="churn") == 1
    errors = [line["message"] for line in running.lines() if line["level"] == "error"]
    assert len(errors) == 1
    assert errors[0].startswith(f"version {first.version} of the model churn serves on; refused: ")
    put(EXAMPLE, place)
    wait_for("the refusal to end", lambda: running.value("predict_model_refused") == 0, timeout=10)
    assert model(running)["refused"] is None


def test_a_bundle_with_other_requests_is_refused(running: Running, place: Path, tmp_path: Path) -> None:
    """A restart would serve it; by itself it would make each request of today's clients fail."""
    first = open_bundle(EXAMPLE)
    other = version(tmp_path / "other", 0.5, name="shop")
    put(other.path, place)
    wait_for("the refusal", lambda: running.value("predict_model_refused") == 1, timeout=10)
    assert served(running) == first.version
    detail = model(running)["refused"]["detail"]
    assert f"version {other.version} can't take over: it is of the model shop, not churn" in detail


def test_a_model_that_could_not_be_served_is_served_when_its_bundle_is_mended(
    redis_url: str, tmp_path: Path
) -> None:
    """Beside one that is well; its requests are on the page from then on.

    One that had to be called like its folder, but is of another name, is told with what to do.
    """
    place = broken(tmp_path / "shop")
    mended = version(tmp_path / "mended", 0.4, name="churn")
    well = version(tmp_path / "well", 0.3, name="well")
    nameless = tmp_path / "till"
    with serving(tmp_path, redis_url, **EMBEDDED, BUNDLE=f"{well.path},{place},{nameless}") as running:
        wait_for("predict to be ready", lambda: is_ready(running.url))
        assert httpx.post(f"{running.url}/models/churn/predict", json=body()).status_code == 503
        assert "/models/churn/predict" not in httpx.get(f"{running.url}/openapi.json").json()["paths"]
        put(mended.path, place)
        wait_for(
            "the mended model to answer",
            lambda: httpx.post(f"{running.url}/models/churn/predict", json=body()).is_success,
            timeout=10,
        )
        assert "/models/churn/predict" in httpx.get(f"{running.url}/openapi.json").json()["paths"]
        assert running.value("predict_model_served", model="churn") == 1
        put(version(tmp_path / "other", 0.4, name="other").path, nameless)
        wait_for("the other name to be told", lambda: "of the model other now" in _listed(running, "till"))
        assert "which is called till here" in _listed(running, "till")
        assert "start predict again to serve it" in _listed(running, "till")


def _listed(running: Running, name: str) -> str:
    """What GET /models tells of a model that is not served."""
    models = httpx.get(f"{running.url}/models").raise_for_status().json()["models"]
    return str(next(each["detail"] for each in models if each["model"] == name))


def test_the_worker_gets_the_new_bundle_by_itself(place: Path, tmp_path: Path) -> None:
    """Windows of both versions are evaluated, each against its own reference, and no process is restarted."""
    second = version(tmp_path / "second", 0.4)
    with (
        pipeline(tmp_path, BUNDLE=str(place), WINDOW_ROWS=str(ROWS)) as running,
        Redis.from_url(running.redis.url) as redis,
    ):
        for name in ("predict", "worker", "sweep"):
            running.start(name)
        for bundle in (open_bundle(EXAMPLE), second):
            put(bundle.path, place)
            partition = Partition(bundle.name, bundle.version)
            wait_for("it to serve", partial(_answers, running.url, bundle.version), timeout=20)
            assert send(running.url, body(), ROWS).statuses == {200: ROWS}
            wait_for("its evaluation", partial(redis.zcard, partition.evaluated), timeout=60)
        kept = {path.name for path in (running.reports / "bundles").iterdir()}
        assert kept == {f"churn-{each.version}" for each in (open_bundle(EXAMPLE), second)}


@pytest.mark.parametrize("bad", ["of other requests", "broken"])
def test_a_worker_that_is_started_again_serves_what_the_others_serve(
    bad: str, place: Path, redis_url: str, tmp_path: Path
) -> None:
    """Whatever lies in the folder meanwhile: what was refused stays refused until predict is started anew."""
    first = open_bundle(EXAMPLE)
    options = {"OTEL_SDK_DISABLED": "true", "BUNDLE": str(place), "PREDICT_WORKERS": "2"}
    with serving(tmp_path, redis_url, **options) as running:
        wait_for("predict to be ready", lambda: is_ready(running.url), timeout=60)
        other = version(tmp_path / "other", 0.5, name="shop").path
        put(other if bad == "of other requests" else broken(tmp_path / "broken"), place)
        wait_for("both to refuse it", lambda: all(model(running)["refused"] for _ in range(10)), timeout=20)
        killed = _workers(running)[-1]
        os.kill(killed, signal.SIGKILL)
        # uvicorn notices at once, or after a minute where it was just asking that worker whether it lives
        wait_for("another worker", lambda: len({*_workers(running)} - {killed}) == 2, timeout=120)
        for _ in range(5):
            assert send(running.url, body(), 20).statuses == {200: 20}
            assert {_answering(running.url) for _ in range(10)} == {first.version}


def _workers(running: Running) -> list[int]:
    """The processes that serve."""
    pid = running.process.pid
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [int(each) for each in children if "spawn_main" in _command(each)]


def _command(pid: str) -> str:
    """What a process was started with; nothing of one that has ended."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_text()
    except OSError:
        return ""
