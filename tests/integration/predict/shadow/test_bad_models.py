"""A shadow that hangs, is slow, fails or is killed changes no answer, and its own figures say so."""

import json
import os
import signal
from collections.abc import Iterator, Sequence
from typing import Any

import httpx
import pytest
from redis import Redis

from bundle import Bundle
from contract.keys import Partition
from tests.support.data.three import joined, known_rows
from tests.support.http.load import Logged
from tests.support.processes.predict import EMBEDDED, Running, is_ready, serving
from tests.support.processes.redis import RedisServer
from tests.support.processes.shadows import shadow_processes, wait_for_shadows
from tests.support.waiting import wait_for

BAD = ("hanging", "slow", "failing")

BATCHES = 30
"""Of a hundred rows: more than may wait."""

PATIENCE = 2.0
"""Seconds in which each answer comes, though three shadows are busy."""


@pytest.fixture(scope="module")
def service(
    challengers: dict[str, Bundle], redis_server: RedisServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Running]:
    """A service whose model has three bad shadows at once."""
    variables = {**EMBEDDED, "SHADOW": joined(*(challengers[name] for name in BAD))}
    with serving(tmp_path_factory.mktemp("predict"), redis_server.url, **variables) as running:
        wait_for("predict to be ready", lambda: is_ready(running.url))
        wait_for_shadows(running, *(challengers[name].version for name in BAD))
        yield running


def said(service: Running) -> list[str]:
    """The messages of the log; ONNX Runtime writes lines of its own."""
    lines = service.log.read_text().splitlines()
    return [json.loads(line)["message"] for line in lines if line.startswith("{")]


def rows(service: Running, bundle: Bundle, outcome: str) -> float:
    """How many rows of a shadow came to an outcome."""
    return service.value("predict_shadow_rows_total", model_version=bundle.version, outcome=outcome)


def test_answers_are_those_of_the_served_model(  # noqa: PLR0917 - fixtures
    service: Running,
    client: httpx.Client,
    challengers: dict[str, Bundle],
    bundle: Bundle,
    requests: Sequence[dict[str, Any]],
    odd: dict[str, Any],
    logged: Logged,
    redis: Redis,
) -> None:
    """None is another one, late or missing; one shadow hangs for good, one sheds, and one fails at a row."""
    hanging, slow, bad = (challengers[name] for name in BAD)
    client.post("/predict", json=odd, timeout=PATIENCE).raise_for_status()
    for _ in range(BATCHES):
        batch = {"rows": requests}
        found = client.post("/predict/batch", json=batch, timeout=20).raise_for_status().json()["predictions"]
        for row, answer in zip(known_rows(bundle), found, strict=True):
            assert answer["probability"] == pytest.approx(row.score, abs=1e-4)
    for request, row in zip(requests, known_rows(bundle), strict=True):
        answer = client.post("/predict", json=request, timeout=PATIENCE).raise_for_status().json()
        assert answer["probability"] == pytest.approx(row.score, abs=1e-4)
        assert answer["model_version"] == bundle.version
    everything = 1 + BATCHES * 100 + 100
    assert len(logged.ids) == everything

    wait_for("the failing one to score the others", lambda: rows(service, bad, "scored") >= everything - 1)
    assert rows(service, bad, "failed") == 1
    assert len(Logged(redis, Partition(bad.name, bad.version)).ids) == everything - 1
    assert rows(service, hanging, "scored") <= 1
    assert rows(service, hanging, "shed") > 0
    assert rows(service, slow, "shed") > 0
    wait_for("the slow one to score some", lambda: rows(service, slow, "scored") > 0)
    assert [each for each in said(service) if "churn" in each and "no answer to some rows" in each]


def test_killed_shadows_come_back(
    service: Running, client: httpx.Client, challengers: dict[str, Bundle], requests: Sequence[dict[str, Any]]
) -> None:
    """Their rows count as failed, the end is counted and said, and the service answers all the while."""
    failing = challengers["failing"]
    ends = service.value("predict_shadow_ends_total", how="crashed")
    pids = shadow_processes(service.process.pid)
    assert len(pids) == len(BAD)
    for pid in pids:
        os.kill(pid, signal.SIGKILL)
    for request in requests:
        client.post("/predict", json=request, timeout=PATIENCE).raise_for_status()
    wait_for(
        "the ends to be counted",
        lambda: service.value("predict_shadow_ends_total", how="crashed") == ends + len(BAD),
    )
    scored = rows(service, failing, "scored")
    wait_for_shadows(service, *(challengers[name].version for name in BAD))
    client.post("/predict", json=requests[0]).raise_for_status()
    wait_for("the failing one to score rows", lambda: rows(service, failing, "scored") > scored)
    assert [each for each in said(service) if "has crashed; it is started again in" in each]
    listed = client.get("/models").json()["models"][0]["shadows"]
    assert [each["model_version"] for each in listed] == [challengers[name].version for name in BAD]
