"""Redis by TLS and by a user of its own for each service, with no more rights than it needs."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from redis import Redis
from redis.exceptions import NoPermissionError

from bundle import open_bundle
from contract.keys import Partition, heartbeat_key
from contract.labels.keys import LabelKeys
from contract.labels.ledger import label_ledger
from contract.partition import ledger, pending_windows
from contract.redis.queue import window_queue
from contract.versions.use import read_use
from demo.machine.ports import HOST, free_port
from drift_worker.show.figures.status import StatusReader
from tests.support.http.load import send
from tests.support.paths import ROOT
from tests.support.processes.forked import Forked
from tests.support.processes.predict import EMBEDDED, environment, is_ready, serving
from tests.support.processes.redis import answers
from tests.support.processes.tls import certificate, tls_options, tls_server
from tests.support.records import PARTITION
from tests.support.waiting import wait_for

WORDS = {
    "predict": "change-this-password-of-predict",
    "drift-worker": "change-this-password-of-drift-worker",
}


@pytest.fixture
def secured(tmp_path: Path) -> Iterator[int]:
    """A Redis that speaks TLS alone and knows the users of the example, and nobody else."""
    path, key = certificate(tmp_path, "redis")
    port = free_port()
    users = str(ROOT / "redis" / "users.example.acl")
    options = [*tls_options(port, path, key), "--aclfile", users, "--save", ""]
    with (
        Redis.from_url(url(tmp_path, port, "drift-worker")) as redis,
        tls_server(tmp_path, options, lambda: answers(redis)),
    ):
        yield port


def url(folder: Path, port: int, user: str, authority: str = "redis") -> str:
    """The address, as REDIS_URL has it."""
    query = f"ssl_ca_certs={folder / authority}.crt"
    return f"rediss://{user}:{WORDS[user]}@{HOST}:{port}/0?{query}"


def told(variables: dict[str, str], command: str, folder: Path, *, refused: bool = False) -> str:
    """What a command of drift-worker says, or says in refusal; it is kept in the folder."""
    said = folder / f"{command}.said"
    ended = Forked(command.split(), variables, said).wait(120)
    assert bool(ended) == refused, said.read_text()
    return said.read_text()


def test_each_service_works_with_its_own_user_over_tls(
    secured: int, tmp_path: Path, asked: dict[str, Any]
) -> None:
    """With exactly the rights of redis/users.example.acl."""
    bundle = open_bundle(ROOT / "bundles" / "churn")
    partition = Partition(bundle.name, bundle.version)
    worker_url = url(tmp_path, secured, "drift-worker")
    variables = environment(
        REDIS_URL=worker_url,
        REPORTS_DIR=str(tmp_path / "reports"),
        OTEL_SDK_DISABLED="true",
        SWEEP_INTERVAL="1",
        QUALITY_ROWS="1",
    )
    parts = [Forked([name], variables, tmp_path / name) for name in ("run", "sweep")]
    try:
        with (
            serving(tmp_path, url(tmp_path, secured, "predict"), WINDOW_ROWS="50", **EMBEDDED) as running,
            Redis.from_url(worker_url) as redis,
        ):
            wait_for("predict to be ready", lambda: is_ready(running.url))
            assert send(running.url, asked, 120).statuses == {200: 120}
            headers = {"Idempotency-Key": "k"}
            repeats = [httpx.post(f"{running.url}/predict", json=asked, headers=headers) for _ in range(2)]
            assert repeats[0].json() == repeats[1].json()
            wait_for("the evaluations", lambda: redis.zcard(partition.evaluated) == 2, timeout=60)
            labels = [{"prediction_id": repeats[0].json()["prediction_id"], "label": True}, UNKNOWN]
            sent = {"labels": [*labels, {"user_id": asked["user_id"], "label": False}]}
            for _ in range(2):
                assert httpx.post(f"{running.url}/labels", json=sent, headers=headers).status_code == 202
            evaluated = redis.zrange(partition.evaluated, 0, 0)[0].decode()
            for command in ("close", "evaluations", "ledger", "audit", f"recompute {evaluated}"):
                assert json.loads(told(variables, f"{command} --json", tmp_path))
            for command in ("health", "health --sweep", f"enqueue {evaluated}"):
                told(variables, command, tmp_path)
            assert evaluated in told(variables, f"retry {evaluated}", tmp_path, refused=True)
            wait_for("the last window", lambda: not pending_windows(redis, partition), timeout=60)
            assert ledger(redis, partition).differences == []
            wait_for("the label", lambda: label_ledger(redis, partition.model).joined == 1, timeout=60)
            assert label_ledger(redis, partition.model).differences == []
            wait_for("the quality", lambda: redis.zcard(partition.quality_order) == 1, timeout=60)
            page = httpx.get(f"{running.url}/").text
            assert not [each for each in ("unknown", "no window", "no labels") if each in page]
            wait_for("predict's mark", lambda: read_use(redis, partition).is_served)
            said = told(variables, f"retire {partition}", tmp_path, refused=True)
            assert "predict serves it, since" in said
            (version,) = StatusReader(redis, window_queue(redis)).read().versions  # as the sweep publishes it
            assert version.latest
            assert version.use.is_served
            assert version.quality
            (quality,) = json.loads(told(variables, "quality --json", tmp_path))
            assert quality["decision"] == "INSUFFICIENT_DATA"
            assert json.loads(told(variables, f"recompute {quality['quality_id']} --json", tmp_path))
    finally:
        for part in parts:
            part.terminate()
        assert [part.wait(30) for part in parts] == [0, 0]
    logs = [(tmp_path / name).read_text() for name in ("run", "sweep", "predict.log")]
    assert "permission" not in "".join(logs)
    assert "ACL" not in "".join(logs)


UNKNOWN = {"prediction_id": "018bcfe5-6800-7000-8000-000000000001", "label": True}
"""A label of no prediction."""

OF_THE_WORKER = {
    "an evaluation": ("HSET", PARTITION.evaluations, "w", "{}"),
    "an evaluation of quality": ("HSET", PARTITION.quality, "q", "{}"),
    "what was decided": ("XADD", PARTITION.decisions, "*", "decision", "NO_ACTION"),
    "a dead letter": ("XADD", PARTITION.dead_letters, "*", "reason", "x"),
    "a lease": ("SET", PARTITION.lease("w"), "x"),
    "attempts": ("HSET", PARTITION.attempts, "w:failed", "9"),
    "what became of labels": ("HSET", LabelKeys(PARTITION.model).windows, "w", "[1,0,0,0]"),
    "an unmatched label": ("XADD", LabelKeys(PARTITION.model).unmatched, "*", "reason", "x"),
    "a heartbeat": ("SET", heartbeat_key("w"), ""),
    "that a version is retired": ("SET", PARTITION.retired, "1"),
    "a worker of RQ's": ("SADD", "rq:workers", "w"),
}


@pytest.mark.parametrize("what", OF_THE_WORKER)
def test_the_user_of_predict_writes_nothing_of_the_workers(
    secured: int, tmp_path: Path, *, what: str
) -> None:
    """Whoever takes predict over falsifies no evaluation by it."""
    with (
        Redis.from_url(url(tmp_path, secured, "predict")) as redis,
        pytest.raises(NoPermissionError, match="key"),
    ):
        redis.execute_command(*OF_THE_WORKER[what])


def test_a_user_without_the_rights_is_told(secured: int, tmp_path: Path, asked: dict[str, Any]) -> None:
    """Predictions go on, into the spool."""
    with (
        Redis.from_url(url(tmp_path, secured, "predict")) as redis,
        pytest.raises(Exception, match="no permissions"),
    ):
        redis.flushall()
    wrong = url(tmp_path, secured, "predict").replace("rediss://predict", "rediss://nobody")
    with serving(tmp_path, wrong, **EMBEDDED) as running:
        assert send(running.url, asked, 3).statuses == {200: 3}
        assert "refuses the password" in "; ".join(httpx.get(f"{running.url}/ready").json()["limitations"])


def test_a_certificate_that_is_not_trusted_is_told(
    secured: int, tmp_path: Path, asked: dict[str, Any]
) -> None:
    """And nothing is sent to whoever has it."""
    certificate(tmp_path, "other")
    with serving(tmp_path, url(tmp_path, secured, "predict", "other"), **EMBEDDED) as running:
        assert send(running.url, asked, 3).statuses == {200: 3}
        (said, *_) = httpx.get(f"{running.url}/ready").json()["limitations"]
        assert "certificate" in said
        assert WORDS["predict"] not in said + running.log.read_text()
