"""A cluster or a Sentinel in the place of Redis: said at once, and no outage that ends by itself."""

import re
import socket
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from redis import Redis

from contract.keys import SWEEP_HEARTBEAT, Partition, heartbeat_key
from contract.partition import ledger
from demo.machine.ports import HOST
from drift_worker.evaluate.lease import worker_name
from tests.support.http.load import Logged, send
from tests.support.processes.cluster import Cluster
from tests.support.processes.forked import Forked
from tests.support.processes.predict import EMBEDDED, environment, is_ready, serving
from tests.support.processes.redis import OwnRedis, own_redis
from tests.support.processes.sentinels import MASTER, SENTINEL_PASSWORD, Sentinels
from tests.support.processes.wire import Wire
from tests.support.processes.worker import starting
from tests.support.waiting import wait_for

COMMANDS = {
    "predict": ("predict", []),
    "run": ("drift-worker", ["run"]),
    "sweep": ("drift-worker", ["sweep"]),
    "ledger": ("drift-worker", ["ledger"]),
}
IS_CLUSTER = r"Redis at \S+ is a node of a cluster, which can't be used, .*: set REDIS_URL to .*"
IS_SENTINEL = (
    r"Redis at \S+ is a Sentinel, which holds no data: set REDIS_URL to redis\+sentinel://\S+/MASTER/0.*"
)


def refusal(name: str, url: str, folder: Path, **variables: str) -> str:
    """The line that a command ends with."""
    program, arguments = COMMANDS[name]
    more = {"REDIS_URL": url, "REPORTS_DIR": str(folder), "OTEL_SDK_DISABLED": "true", "PREDICT_PORT": "0"}
    printed = folder / f"{name}.printed"
    code = Forked(arguments, environment(**more, **variables), printed, program).wait(120)
    *_, line = printed.read_text().splitlines()
    assert code == 2, line
    prefix = f"{program}: "
    assert line.startswith(prefix)
    return line.removeprefix(prefix)


def has_said(log: Path) -> bool:
    """Whether the log says what is wrong with a cluster."""
    return re.search(IS_CLUSTER, log.read_text()) is not None


@pytest.mark.parametrize("command", COMMANDS)
def test_a_cluster_is_refused_at_the_start(nodes: Cluster, tmp_path: Path, *, command: str) -> None:
    """In one sentence that says what to do, also where the database is none that a cluster has."""
    assert re.fullmatch(IS_CLUSTER, refusal(command, nodes.url, tmp_path))
    if command == "predict":
        (tmp_path / "predict.printed").unlink()
        assert re.fullmatch(IS_CLUSTER, refusal(command, nodes.url, tmp_path, PREDICT_WORKERS="2"))
        (tmp_path / "predict.printed").unlink()
        assert re.fullmatch(IS_CLUSTER, refusal(command, nodes.url.replace("/0", "/1"), tmp_path))


@pytest.mark.parametrize("command", COMMANDS)
def test_a_sentinel_is_refused_at_the_start(watched: Sentinels, tmp_path: Path, *, command: str) -> None:
    """In one sentence with the address as it should be."""
    password = quote(SENTINEL_PASSWORD, safe="")
    url = f"redis://:{password}@127.0.0.1:{watched.ports[0]}/1"
    assert re.fullmatch(IS_SENTINEL, refusal(command, url, tmp_path))


def test_a_server_in_the_place_of_a_sentinel_is_refused(server: OwnRedis, tmp_path: Path) -> None:
    """The other way round it is a wrong address as well."""
    url = f"redis+sentinel://127.0.0.1:{server.port}/{MASTER}/0"
    said = f"one of 127.0.0.1:{server.port} is no Sentinel: for a single Redis set REDIS_URL to redis://"
    assert refusal("predict", url, tmp_path).startswith(said)
    assert refusal("run", url, tmp_path).startswith(said)


def test_a_cluster_in_the_place_of_redis_at_run_time_is_said_and_loses_nothing(
    nodes: Cluster,
    server: OwnRedis,
    tmp_path: Path,
    partition: Partition,
    bundle_path: Path,
    *,
    asked: dict[str, Any],
) -> None:
    """predict answers into its spool and is not ready; worker and sweep wait. With Redis back all go on."""
    wire = Wire(server.port)
    with (
        serving(tmp_path, wire.url, **EMBEDDED) as running,
        starting(wire.url, bundle_path, tmp_path) as start,
        Redis.from_url(server.url, protocol=2) as redis,
    ):
        parts = [start("run"), start("sweep")]
        beats = (heartbeat_key(worker_name()), SWEEP_HEARTBEAT)
        wait_for("predict to be ready", lambda: is_ready(running.url))
        wait_for("worker and sweep to beat", lambda: redis.exists(*beats) == 2, timeout=120)
        answered = send(running.url, asked, 5).predicted
        wire.lead_to(nodes.ports[0])
        wait_for("predict not to be ready", lambda: not is_ready(running.url))
        answered += send(running.url, asked, 5).predicted
        told = httpx.get(f"{running.url}/ready")
        assert told.status_code == httpx.codes.SERVICE_UNAVAILABLE
        assert re.fullmatch(IS_CLUSTER, told.json()["reasons"][0])
        for name in ("run", "sweep"):
            wait_for(f"{name} to say it", partial(has_said, tmp_path / f"{name}.log"), timeout=120)
        wire.lead_to(server.port)
        wait_for("predict to be ready", lambda: is_ready(running.url))
        wait_for("the spool to be drained", lambda: len(Logged(redis, partition).ids) == 10)
        redis.delete(*beats)
        wait_for("worker and sweep to beat", lambda: redis.exists(*beats) == 2, timeout=120)
        assert [part.poll() for part in parts] == [None, None]
        assert len(answered) == 10
        assert sorted(Logged(redis, partition).ids) == sorted(answered)
        assert ledger(redis, partition).differences == []
    wire.close()


def test_a_name_that_leads_to_another_master_is_followed(
    server: OwnRedis, tmp_path: Path, partition: Partition, bundle_path: Path, *, asked: dict[str, Any]
) -> None:
    """The old one, now a replica, keeps its connections: they are left as soon as it refuses to write."""
    wire = Wire(server.port)
    (tmp_path / "other").mkdir()
    with (
        own_redis(tmp_path / "other") as other,
        serving(tmp_path, wire.url, **EMBEDDED) as running,
        starting(wire.url, bundle_path, tmp_path) as start,
    ):
        other.start()
        parts = [start("run"), start("sweep")]
        beats = (heartbeat_key(worker_name()), SWEEP_HEARTBEAT)
        with Redis.from_url(server.url, protocol=2) as old, Redis.from_url(other.url, protocol=2) as new:
            wait_for("worker and sweep to beat", lambda: old.exists(*beats) == 2, timeout=120)
            wait_for("predict to be ready", lambda: is_ready(running.url))
            wire.lead_to(other.port, cut=False)
            old.replicaof(HOST, other.port)
            answered = send(running.url, asked, 5).predicted
            wait_for("the records in the other", lambda: len(Logged(new, partition).ids) == 5)
            wait_for("the labels' inbox", partial(takes_labels, running.url))
            wait_for("worker and sweep to beat there", lambda: new.exists(*beats) == 2, timeout=120)
            assert sorted(Logged(new, partition).ids) == sorted(answered)
            assert [part.poll() for part in parts] == [None, None]
    wire.close()


def takes_labels(url: str) -> bool:
    """Whether predict takes a label."""
    label = {"prediction_id": "018bcfe5-6800-7000-8000-000000000001", "label": True}
    return httpx.post(f"{url}/labels", json={"labels": [label]}).is_success


def test_a_user_that_may_not_ask_info_is_told(
    server: OwnRedis, tmp_path: Path, partition: Partition, asked: dict[str, Any]
) -> None:
    """With the right that is missing; predict answers, and once it is given, nothing has been lost."""
    with Redis.from_url(server.url) as redis:
        redis.acl_setuser(
            "limited", enabled=True, passwords=["+word"], keys=["*"], commands=["+@all", "-info"]
        )
        url = server.url.replace("redis://", "redis://limited:word@")
        with serving(tmp_path, url, **EMBEDDED) as running:
            answered = send(running.url, asked, 3).predicted
            (said,) = httpx.get(f"{running.url}/ready").json()["limitations"]
            assert "check its ACL" in said
            assert "'info' command" in said
            redis.acl_setuser("limited", enabled=True, commands=["+@all"])
            wait_for("the records", lambda: redis.xlen(partition.stream) == len(answered))


def test_sentinels_that_know_no_master_are_an_outage_with_its_reason(
    watched: Sentinels, tmp_path: Path, asked: dict[str, Any]
) -> None:
    """A wrong password and a wrong name are told apart; a Sentinel that is silent is passed over."""
    told = {
        "refuses the password; theirs is sentinel_password": watched.url.partition("?")[0],
        "knows a master 'other' that is up": watched.url.replace(f"/{MASTER}/", "/other/"),
    }
    for number, (words, url) in enumerate(told.items()):
        own = tmp_path / str(number)
        own.mkdir()
        with serving(own, url, **EMBEDDED) as running:
            assert send(running.url, asked, 3).statuses == {200: 3}
            (said,) = httpx.get(f"{running.url}/ready").json()["limitations"]
            assert words in said
            assert "s3nti" not in said + running.log.read_text()
    with socket.create_server((HOST, 0)) as silent:
        first = f"{HOST}:{silent.getsockname()[1]}"
        url = watched.url.replace("@", f"@{first},", 1)
        with serving(tmp_path, url, **EMBEDDED) as running:
            wait_for("predict to be ready", lambda: is_ready(running.url))
            assert httpx.get(f"{running.url}/ready").json()["limitations"] == []


@pytest.mark.parametrize("command", ["run", "sweep"])
def test_worker_and_sweep_wait_for_a_master(
    watched: Sentinels, tmp_path: Path, bundle_path: Path, command: str
) -> None:
    """Sentinels that know none are Redis being away: it may come."""
    url = watched.url.replace(f"/{MASTER}/", "/other/")
    with starting(url, bundle_path, tmp_path) as start:
        part, log = start(command), tmp_path / f"{command}.log"
        wait_for("it to say so", lambda: "knows a master 'other' that is up" in log.read_text(), timeout=120)
        assert part.poll() is None
        assert "s3nti" not in log.read_text()


def test_silent_sentinels_hold_nobody_longer_than_without_them(tmp_path: Path, asked: dict[str, Any]) -> None:
    """Four have half a second each, one after another; who asks has its own limit, which is shorter."""
    with ExitStack() as sockets:
        silent = [sockets.enter_context(socket.create_server((HOST, 0), backlog=500)) for _ in range(4)]
        hosts = ",".join(f"{HOST}:{each.getsockname()[1]}" for each in silent)
        with serving(tmp_path, f"redis+sentinel://{hosts}/{MASTER}/0", **EMBEDDED) as running:
            label = {"prediction_id": "018bcfe5-6800-7000-8000-000000000001", "label": True}
            for limit, status, method, path, body in (
                (0.25, 200, "POST", "/predict", asked),
                (1.0, 503, "POST", "/labels", {"labels": [label]}),
                (0.25, 200, "GET", "/", None),
            ):
                with httpx.Client(headers={"Idempotency-Key": "k"}, timeout=20) as client:
                    client.get(f"{running.url}/health")
                    answer = client.request(method, f"{running.url}{path}", json=body)
                assert answer.status_code == status
                assert answer.elapsed.total_seconds() < limit + 0.5
