"""DRAIN_DELAY: who sends requests sees that the service ends, before the port is closed."""

import signal
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.processes.predict import EMBEDDED, Running, is_healthy, is_ready, serving
from tests.support.waiting import wait_for

OFF = {"OTEL_SDK_DISABLED": "true"}


@pytest.mark.parametrize("more", [EMBEDDED, {"PREDICT_WORKERS": "2", **OFF}], ids=["alone", "two workers"])
def test_it_is_not_ready_first_and_closes_then(
    redis_url: str, tmp_path: Path, asked: dict[str, Any], more: dict[str, str]
) -> None:
    """Requests on new connections are answered meanwhile; then it ends as ever."""
    with serving(tmp_path, redis_url, DRAIN_DELAY="4", **more) as running:
        wait_for("predict to be ready", lambda: is_ready(running.url), timeout=120)
        began = time.monotonic()
        running.process.terminate()
        wait_for("predict not to be ready", lambda: not is_ready(running.url))
        answer = httpx.get(f"{running.url}/ready")
        assert answer.status_code == 503
        assert "told to end" in answer.json()["detail"]
        assert httpx.get(f"{running.url}/models/churn/ready").status_code == 503
        assert httpx.post(f"{running.url}/predict", json=asked).status_code == 200
        wait_for("predict to end", lambda: running.process.poll() is not None)
        assert time.monotonic() - began >= 4
        assert running.process.poll() == 0


def test_a_second_signal_ends_it_at_once(redis_url: str, tmp_path: Path) -> None:
    """Whoever can't wait doesn't have to."""
    with serving(tmp_path, redis_url, DRAIN_DELAY="600", **EMBEDDED) as running:
        wait_for("predict to be ready", lambda: is_ready(running.url))
        running.process.terminate()
        wait_for("predict not to be ready", lambda: not is_ready(running.url))
        running.process.send_signal(signal.SIGTERM)
        wait_for("predict to end", lambda: running.process.poll() is not None)


def test_without_a_delay_it_ends_at_once(redis_url: str, tmp_path: Path) -> None:
    """As it always did."""
    with serving(tmp_path, redis_url, **EMBEDDED) as running:
        wait_for("predict to be ready", lambda: is_ready(running.url))
        running.process.terminate()
        wait_for("the port to be closed", lambda: not is_healthy(running.url))
        assert wait_for("its end", lambda: ended(running)) == "ended"


def ended(running: Running) -> str:
    """Says so once it has ended."""
    return "" if running.process.poll() is None else "ended"
