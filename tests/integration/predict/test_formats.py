"""Bundles of an older format are served, and said to be outdated once."""

from pathlib import Path

import httpx
import pytest

from contract.schema import Features
from tests.support.data.format_1 import small_format_1
from tests.support.processes.predict import EMBEDDED, is_ready, serving
from tests.support.waiting import wait_for

ROW: Features = {"age": 1.0, "paperless": False, "service": "DSL"}


@pytest.mark.parametrize("workers", ["1", "2"])
def test_format_1_is_served_with_one_warning(redis_url: str, tmp_path: Path, workers: str) -> None:
    """However many workers there are, the log says once how the bundle is rebuilt."""
    bundle = small_format_1(tmp_path / "small")
    telemetry = EMBEDDED if workers == "1" else {"OTEL_SDK_DISABLED": "true"}
    with serving(tmp_path, redis_url, BUNDLE=str(bundle), PREDICT_WORKERS=workers, **telemetry) as running:
        wait_for("predict to be ready", lambda: is_ready(running.url))
        answer = httpx.post(f"{running.url}/predict", json={"features": ROW})
        assert answer.status_code == 200, answer.text
        assert answer.json()["probability"] == pytest.approx(0.8808, abs=1e-4)
        assert httpx.get(f"{running.url}/model").json()["metadata"]["format"] == 1
        warned = [line for line in running.lines() if "the bundle has format 1" in str(line)]
        assert len(warned) == 1
        assert f"--name small --out {bundle}`" in str(warned)
