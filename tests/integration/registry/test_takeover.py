"""predict and the worker follow an alias of a real MLflow."""

import time
from collections import Counter
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
from redis import Redis

from bundle import Bundle, open_bundle
from contract.keys import Partition
from demo.machine.ports import HOST
from drift_worker.record.registered import read_registered
from registry import RegistryAccess, RegistryClient
from tests.support.data.three import asked, known_rows
from tests.support.data.versions import EXAMPLE, broken, version
from tests.support.figures import Figures
from tests.support.http.constant_load import constant_load
from tests.support.http.load import send
from tests.support.http.steady_load import steady_load, throughput
from tests.support.processes.mlflow import MlflowServer
from tests.support.processes.pipeline import pipeline
from tests.support.processes.predict import EMBEDDED, Running, is_ready, serving
from tests.support.processes.redis import own_redis
from tests.support.processes.wire import Wire
from tests.support.registry.registered import register
from tests.support.registry.takeovers import LIMIT, NOISE, take_turns
from tests.support.waiting import wait_for

RATE = 50
"""Requests a second while an alias moves."""

MODERATE = 200
"""Requests a second, about a twentieth of what two processes on two cores can do."""

MEASURED = 5.0
"""Seconds in which the throughput is measured."""

NO_REWRITE = ("--auto-aof-rewrite-percentage", "0")
"""Rewriting its file takes Redis a core for half a second, whoever takes over."""


def settings(server: MlflowServer, name: str, folder: Path) -> dict[str, str]:
    """Of a service that follows the alias of a model."""
    return {
        "BUNDLE": f"models:/{name}@champion",
        "MLFLOW_TRACKING_URI": server.url,
        "REGISTRY_CACHE": str(folder / "registry"),
    }


def body() -> dict[str, Any]:
    """A request that every version answers."""
    bundle = open_bundle(EXAMPLE)
    return asked(bundle, known_rows(bundle)[0])


def model(url: str) -> dict[str, Any]:
    """What GET /model tells."""
    found: dict[str, Any] = httpx.get(f"{url}/model").raise_for_status().json()
    return found


def answers(url: str, bundle: Bundle) -> bool:
    """Whether the version of the bundle answers."""
    return bool(model(url)["metadata"]["version"] == bundle.version)


@pytest.fixture
def second(tmp_path: Path) -> Bundle:
    """Another version of the model."""
    return version(tmp_path / "second", 0.4)


def test_an_alias_moves_under_load_breaks_and_moves_back(
    mlflow: MlflowServer, name: str, second: Bundle, *, redis_url: str, redis: Redis, tmp_path: Path
) -> None:
    """No request fails; a broken version is refused, and MLflow may be away, also while predict starts."""
    first = open_bundle(EXAMPLE)
    with RegistryClient(RegistryAccess(mlflow.url)) as client:
        register(client, first.path, name, "champion")
        options = {**EMBEDDED, **settings(mlflow, name, tmp_path)}
        with serving(tmp_path, redis_url, **options) as running:
            wait_for("predict to be ready", lambda: is_ready(running.url))
            assert model(running.url)["registered_version"] == 1
            with constant_load(running.url, body(), RATE) as load:
                wait_for("requests before", load.goes_on(RATE))
                began = time.monotonic()
                register(client, second.path, name, "champion")
                wait_for("the second version", partial(answers, running.url, second), timeout=LIMIT)
                seconds = time.monotonic() - began
                wait_for("requests after", load.goes_on(RATE))
            assert (load.unanswered, set(load.statuses)) == (0, {200})
            assert seconds <= LIMIT
            for bundle in (first, second):
                told = [each.prediction_id for each in load.asked if each.version == bundle.version]
                assert Counter(_logged(redis, bundle)) == Counter(told)
            register(client, broken(tmp_path / "broken"), name, "champion")
            wait_for("the refusal", lambda: running.value("predict_model_refused") == 1, timeout=LIMIT)
            assert answers(running.url, second)
            assert "content hash" in model(running.url)["refused"]["detail"]
        with serving(tmp_path, redis_url, **options) as running:
            wait_for("a restart to serve what was good", partial(answers, running.url, second))
            wait_for("the refusal", lambda: running.value("predict_model_refused") == 1, timeout=LIMIT)
            client.set_alias(name, "champion", 1)
            wait_for("the first version again", partial(answers, running.url, first), timeout=LIMIT)
            assert running.value("predict_model_refused") == 0
            again = register(client, first.path, name, "champion").version
            wait_for(
                "the same bundle as another version",
                lambda: model(running.url)["registered_version"] == again,
                timeout=LIMIT,
            )
            mlflow.stop()
            wait_for("predict to notice", partial(_is_limited, running), timeout=2 * LIMIT)
            assert send(running.url, body(), 10).statuses == {200: 10}
    try:
        with serving(tmp_path, redis_url, **options) as running:
            wait_for("a restart without MLflow", partial(answers, running.url, first))
            assert send(running.url, body(), 10).statuses == {200: 10}
            assert _is_limited(running)
    finally:
        mlflow.start()


def test_predict_ends_while_mlflow_keeps_it_waiting(
    mlflow: MlflowServer, name: str, redis_url: str, tmp_path: Path
) -> None:
    """As during the download of a large model: who stops a container kills it after 10 s."""
    wire = Wire(mlflow.port)
    with RegistryClient(RegistryAccess(mlflow.url)) as client:
        register(client, EXAMPLE, name, "champion")
        options = {**EMBEDDED, **settings(mlflow, name, tmp_path), "REGISTRY_POLL": "0.2"}
        options["MLFLOW_TRACKING_URI"] = f"http://{HOST}:{wire.port}"
        with serving(tmp_path, redis_url, **options) as running:
            wire.loses_answers.set()
            wait_for("an answer that doesn't come", lambda: wire.lost > 0)
            began = time.monotonic()
            running.process.terminate()
            running.process.wait(20)
            assert time.monotonic() - began < 4
    wire.close()


def test_without_mlflow_and_without_a_cache_predict_says_so(redis_url: str, tmp_path: Path) -> None:
    """There is nothing that could be served."""
    nowhere = MlflowServer(tmp_path)
    with (
        pytest.raises(AssertionError, match=r"predict: .*MLflow at http://127\.0\.0\.1:\d+ "),
        serving(tmp_path, redis_url, **settings(nowhere, "churn", tmp_path)),
    ):
        pass


def test_the_worker_follows_the_alias_and_knows_the_version(
    mlflow: MlflowServer, name: str, second: Bundle, tmp_path: Path
) -> None:
    """So that evaluations of each version can be told to its own run."""
    first = open_bundle(EXAMPLE)
    (tmp_path / "pipeline").mkdir()
    with (
        RegistryClient(RegistryAccess(mlflow.url)) as client,
        pipeline(
            tmp_path / "pipeline", preloaded=None, WINDOW_ROWS="50", **settings(mlflow, name, tmp_path)
        ) as running,
        Redis.from_url(running.redis.url) as redis,
    ):
        versions = [register(client, first.path, name, "champion")]
        for part in ("predict", "worker", "sweep"):
            running.start(part)
        for bundle in (first, second):
            wait_for("it to serve", partial(answers, running.url, bundle), timeout=LIMIT)
            assert send(running.url, body(), 50).statuses == {200: 50}
            evaluated = Partition(bundle.name, bundle.version).evaluated
            wait_for("its evaluation", partial(redis.zcard, evaluated), timeout=60)
            if bundle is first:
                versions.append(register(client, second.path, name, "champion"))
        kept = running.reports / "bundles"
        told = [read_registered(kept / f"churn-{bundle.version}") for bundle in (first, second)]
        assert [each.run_id for each in told if each] == [each.run_id for each in versions]


@pytest.mark.alone
@pytest.mark.parametrize("given", [None, MODERATE], ids=["half the throughput", "moderate"])
def test_versions_take_over_under_load(
    mlflow: MlflowServer, name: str, second: Bundle, given: int | None, *, tmp_path: Path, figures: Figures
) -> None:
    """Of two processes; no request fails, and the slowest hundredth takes at most twice as long as before.

    So it is in the middle one of several takeovers.
    """
    first = open_bundle(EXAMPLE)
    options = {"OTEL_SDK_DISABLED": "true", "PREDICT_WORKERS": "2", **settings(mlflow, name, tmp_path)}
    (tmp_path / "redis").mkdir()
    with RegistryClient(RegistryAccess(mlflow.url)) as client, own_redis(tmp_path / "redis") as redis:
        redis.start(*NO_REWRITE)
        versions = [(register(client, bundle.path, name, "champion"), bundle) for bundle in (second, first)]
        with serving(tmp_path, redis.url, **options) as running:
            wait_for("predict to be ready", lambda: is_ready(running.url), timeout=60)
            throughput(running.url, body(), MEASURED / 5)
            rate = given or throughput(running.url, body(), MEASURED) / 2
            with steady_load(running.url, body(), rate) as load:
                wait_for("a beginning", load.goes_on(2 * rate))
                takeovers = take_turns(client, versions, load, rate)
    figures.add("versions take over under load", **takeovers.figures(load, rate))
    assert takeovers.slowest <= LIMIT
    assert takeovers.meanwhile <= 2 * takeovers.before + NOISE


def _is_limited(running: Running) -> bool:
    limitations = httpx.get(f"{running.url}/ready").raise_for_status().json()["limitations"]
    return any("MLflow" in each for each in limitations)


def _logged(redis: Redis, bundle: Bundle) -> list[str]:
    """The prediction ids in the stream of a version."""
    entries: Any = redis.xrange(Partition(bundle.name, bundle.version).stream)
    return [fields[b"prediction_id"].decode() for _, fields in entries]
