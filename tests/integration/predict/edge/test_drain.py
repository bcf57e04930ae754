"""DRAIN_DELAY: who sends requests sees that the service ends, before the port is closed."""

import os
import signal
import threading
import time
from collections import Counter
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from demo.machine.ports import HOST, free_port
from tests.support.processes.nginx import documented, nginx
from tests.support.processes.predict import EMBEDDED, Running, is_healthy, is_ready, serving
from tests.support.waiting import wait_for

CALLERS = 4
ENOUGH = 200

OFF = {"OTEL_SDK_DISABLED": "true"}


@pytest.mark.parametrize("more", [EMBEDDED, {"PREDICT_WORKERS": "2", **OFF}], ids=["alone", "two workers"])
def test_it_is_not_ready_first_and_closes_then(
    redis_url: str, tmp_path: Path, asked: dict[str, Any], more: dict[str, str]
) -> None:
    """Requests on new connections are answered meanwhile; then it ends as ever.

    Workers are told by whoever tells the whole group, and once more by their parent.
    """
    with serving(tmp_path, redis_url, DRAIN_DELAY="4", **more) as running:
        wait_for("predict to be ready", lambda: is_ready(running.url), timeout=120)
        wait_for("each process to serve", lambda: started(running) == int(more.get("PREDICT_WORKERS", 1)))
        began = time.monotonic()
        workers = Path(f"/proc/{running.process.pid}/task/{running.process.pid}/children").read_text().split()
        running.process.terminate()
        for worker in workers:
            os.kill(int(worker), signal.SIGTERM)
        wait_for("predict not to be ready", lambda: not is_ready(running.url))
        answer = httpx.get(f"{running.url}/ready")
        assert answer.status_code == 503
        assert answer.headers["Connection"] == "close"
        assert "told to end" in answer.json()["detail"]
        assert httpx.get(f"{running.url}/models/churn/ready").status_code == 503
        assert httpx.post(f"{running.url}/predict", json=asked).status_code == 200
        wait_for("predict to end", lambda: running.process.poll() is not None)
        assert time.monotonic() - began >= 4
        assert running.process.poll() == 0


def test_a_second_signal_ends_it_at_once(redis_url: str, tmp_path: Path) -> None:
    """Whoever can't wait doesn't have to."""
    with serving(tmp_path, redis_url, DRAIN_DELAY="600", STOP_GRACE="610", **EMBEDDED) as running:
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


def started(running: Running) -> int:
    """How many processes serve; one that is killed before that keeps its parent waiting for a minute."""
    return sum(line["message"] == "Application startup complete." for line in running.lines())


def ended(running: Running) -> str:
    """Says so once it has ended."""
    return "" if running.process.poll() is None else "ended"


class Callers:
    """Clients that ask one after another, each time over a new connection, until they are told to stop."""

    def __init__(self, url: str, asked: dict[str, Any]) -> None:
        self.statuses = Counter[int]()
        self._url = url
        self._asked = asked
        self._stopped = threading.Event()
        self._threads = [threading.Thread(target=self._ask) for _ in range(CALLERS)]

    def __enter__(self) -> "Callers":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        for thread in self._threads:
            thread.join()

    def _ask(self) -> None:
        with httpx.Client(timeout=60, headers={"Connection": "close"}) as client:
            while not self._stopped.is_set():
                self.statuses[client.post(f"{self._url}/predict", json=self._asked).status_code] += 1

    @property
    def count(self) -> int:
        """How many answers there are."""
        return self.statuses.total()


def test_no_request_is_lost_when_one_of_two_ends(
    redis_url: str, tmp_path: Path, asked: dict[str, Any]
) -> None:
    """A proxy that is told by /ready to lead elsewhere has the time for it, whatever it keeps open."""
    port = free_port()
    folders = [tmp_path / name for name in ("first", "second", "nginx")]
    for folder in folders:
        folder.mkdir()
    with ExitStack() as stack:
        first, second = (
            stack.enter_context(serving(folder, redis_url, DRAIN_DELAY=delay, **EMBEDDED))
            for folder, delay in zip(folders, ("10", "0"), strict=False)
        )
        for each in (first, second):
            wait_for("predict to be ready", partial(is_ready, each.url))
        old, new = (urlsplit(each.url).netloc for each in (first, second))
        ui = {"evidently-ui:8001": f"{HOST}:1"}
        both = {"predict:8000": f"{old}; server {new}", **ui}
        proxy = stack.enter_context(nginx(folders[2], port, documented(), both))
        callers = stack.enter_context(Callers(f"http://{HOST}:{port}/ml/churn", asked))
        wait_for("answers of both", lambda: callers.count > ENOUGH)
        first.process.terminate()
        wait_for("the first not to be ready", lambda: not is_ready(first.url))
        proxy.lead_to({"predict:8000": new, **ui})
        wait_for("its end", lambda: ended(first))
        after = callers.count
        wait_for("answers of the other", lambda: callers.count > after + ENOUGH)
    assert callers.statuses.keys() == {200}
