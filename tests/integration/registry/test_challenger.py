"""A challenger of a real MLflow beside its champion: evaluated, judged by labels, and told to its run."""

from functools import partial
from pathlib import Path
from typing import Any

import httpx
from redis import Redis

from bundle import Bundle, open_bundle
from contract.keys import Partition
from registry import RegisteredVersion, RegistryAccess, RegistryClient
from tests.support.data.three import asked, known_rows
from tests.support.data.versions import EXAMPLE, version
from tests.support.processes.mlflow import MlflowServer
from tests.support.processes.pipeline import Pipeline, pipeline
from tests.support.processes.shadows import awake, shadow_processes
from tests.support.registry.registered import register
from tests.support.waiting import wait_for

ROWS = 500
"""Predictions, and as many labels as a first look at them takes."""


def test_a_challenger_has_windows_and_figures_of_its_own(
    mlflow: MlflowServer, name: str, tmp_path: Path
) -> None:
    """SHADOW names an alias, as BUNDLE does; no answer is the challenger's."""
    first, second = open_bundle(EXAMPLE), version(tmp_path / "second", 0.4)
    (tmp_path / "pipeline").mkdir()
    options = {
        "BUNDLE": f"models:/{name}@champion",
        "SHADOW": f"models:/{name}@challenger",
        "MLFLOW_TRACKING_URI": mlflow.url,
        "WINDOW_ROWS": str(ROWS),
    }
    with (
        RegistryClient(RegistryAccess(mlflow.url)) as client,
        pipeline(tmp_path / "pipeline", preloaded=None, **options) as running,
        Redis.from_url(running.redis.url) as redis,
    ):
        register(client, first.path, name, "champion")
        challenger = register(client, second.path, name, "challenger")
        for part in ("predict", "worker", "sweep"):
            running.start(part)
        wait_for("the challenger to be scored", partial(_scores, running, second), timeout=120)
        for process in shadow_processes(running.parts["predict"].pid):
            awake(process)
        answers = _predicted(running, first)
        assert {each["model_version"] for each in answers} == {first.version}
        both = [Partition(bundle.name, bundle.version) for bundle in (first, second)]
        for each in both:
            wait_for(f"the window of {each}", partial(redis.zcard, each.evaluated), timeout=120)
        labels = [
            {"prediction_id": each["prediction_id"], "label": number % 4 == 0}
            for number, each in enumerate(answers)
        ]
        httpx.post(f"{running.url}/labels", json={"labels": labels}, timeout=30).raise_for_status()
        for each in both:
            wait_for(f"the figures of {each}", partial(redis.hlen, each.quality), timeout=120)
        for key in ("drift/share", "quality/auc"):
            points = partial(_points, client, challenger, key)
            wait_for(f"{key} in the challenger's run", points, timeout=60)


def _scores(running: Pipeline, bundle: Bundle) -> bool:
    models = httpx.get(f"{running.url}/models").raise_for_status().json()["models"]
    shadows = models[0].get("shadows") or []
    return any((each["model_version"], each["state"]) == (bundle.version, "scoring") for each in shadows)


def _points(client: RegistryClient, registered: RegisteredVersion, key: str) -> list[object]:
    """What a version's run has of a metric."""
    asked = {"run_id": registered.run_id or "", "metric_key": key}
    return list(client.http.get("metrics/get-history", **asked).get("metrics", []))


def _predicted(running: Pipeline, bundle: Bundle) -> list[dict[str, Any]]:
    """The answers to as many rows, a hundred at a time."""
    rows = [asked(bundle, row, number) for number, row in enumerate(known_rows(bundle))]
    found: list[dict[str, Any]] = []
    while len(found) < ROWS:
        answer = httpx.post(f"{running.url}/predict/batch", json={"rows": rows}, timeout=30)
        found += answer.raise_for_status().json()["predictions"]
    return found[:ROWS]
