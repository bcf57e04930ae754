"""A takeover that fails is told and tried again, and until it works nothing says that it has."""

import shutil
import sys
from pathlib import Path
from typing import Any

import httpx

from bundle import open_bundle
from tests.support.data.versions import EXAMPLE, put, version
from tests.support.processes.predict import EMBEDDED, Running, serving
from tests.support.waiting import wait_for

FAILING = """
from predict.__main__ import main
from predict.request.models.served import ServedModel

start, started = ServedModel.start, []

async def failing(model):
    await start(model)
    started.append(model)
    if len(started) in (2, 3):
        raise RuntimeError("can't start new thread")

ServedModel.start = failing
main()
"""
"""predict, whose model fails to start twice after it was started for the first time."""


def model(running: Running) -> dict[str, Any]:
    """What GET /model tells."""
    found: dict[str, Any] = httpx.get(f"{running.url}/model").raise_for_status().json()
    return found


def told_as_served(running: Running) -> list[str]:
    """What the metrics say that is served."""
    names = ("predict_build_info", "predict_model_served_since_timestamp_seconds")
    return [key for key in running.samples() if key.startswith(names)]


def test_a_takeover_that_fails_is_tried_again(redis_url: str, tmp_path: Path) -> None:
    """It is told as refused, in one line however often it fails, and when it works the refusal goes."""
    place = Path(shutil.copytree(EXAMPLE, tmp_path / "churn"))
    first, second = open_bundle(EXAMPLE), version(tmp_path / "second", 0.4)
    through, variables = [sys.executable, "-c", FAILING], {**EMBEDDED, "BUNDLE": str(place)}
    with serving(tmp_path, redis_url, through=through, **variables) as running:
        assert running.value("predict_model_refused") == 0
        put(second.path, place)
        told = wait_for("the refusal", lambda: model(running)["refused"], timeout=20)
        assert "an unexpected RuntimeError; predict's log says where; it is tried again" in told["detail"]
        assert running.value("predict_model_refused") == 1
        assert model(running)["metadata"]["version"] == first.version
        assert [first.version in key for key in told_as_served(running)] == [True, True]
        wait_for("the refusal to end", lambda: model(running)["refused"] is None, timeout=20)
        assert model(running)["metadata"]["version"] == second.version
        assert running.value("predict_model_refused") == 0
        assert [second.version in key for key in told_as_served(running)] == [True, True]
        (error,) = [line for line in running.lines() if line["level"] == "error"]
        assert "refused: " in error["message"]
        assert "<string>:11 failing" in str(error)
