"""What closes each connection at once, as a proxy with nothing behind it, is a Redis that is away."""

from functools import partial
from pathlib import Path
from typing import Any

import httpx
from redis import Redis

from contract.keys import Partition
from contract.versions.use import read_use
from tests.support.http.load import Logged
from tests.support.processes.predict import EMBEDDED, is_ready, serving
from tests.support.processes.redis import own_redis
from tests.support.processes.wire import Wire
from tests.support.waiting import wait_for

LABEL = {"prediction_id": "018bcfe5-6800-7000-8000-000000000001", "label": True}
TIMES = 30
"""Whether it is reading or writing that finds the connection closed is chance."""


def test_connections_that_are_closed_at_once_are_an_outage(
    tmp_path: Path, partition: Partition, asked: dict[str, Any]
) -> None:
    """Each request is answered as in any other; when Redis is there, all parts find it."""
    with own_redis(tmp_path) as server, Redis.from_url(server.url) as redis:
        server.start()
        wire = Wire(server.port)
        wire.is_cut.set()
        with (
            serving(tmp_path, wire.url, **EMBEDDED) as running,
            httpx.Client(base_url=running.url, timeout=20, headers={"Idempotency-Key": "k"}) as client,
        ):
            for _ in range(TIMES):
                assert client.post("/labels", json={"labels": [LABEL]}).status_code == 503
                assert client.post("/predict", json=asked).status_code == 200
                assert client.get("/").status_code == 200
                (said,) = client.get("/ready").json()["limitations"]
                assert "can't be reached" in said
            wire.is_cut.clear()
            wait_for("the mark", lambda: read_use(redis, partition).is_served)
            wait_for("the records", lambda: len(Logged(redis, partition).ids) > 0)
            wait_for("the labels' inbox", partial(takes_labels, client))
            assert is_ready(running.url)
        wire.close()


def takes_labels(client: httpx.Client) -> bool:
    """Whether predict takes a label."""
    return client.post("/labels", json={"labels": [LABEL]}).is_success
