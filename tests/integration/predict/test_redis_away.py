"""Without Redis predictions are refused in time, with the reason; with Redis back they are answered again."""

import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from contract.keys import Partition
from redis import Redis

from tests.conftest import RedisServer
from tests.integration.predict.load import Logged, send
from tests.integration.predict.redis_servers import OwnRedis, Wire, own_redis
from tests.integration.predict.serving import EMBEDDED, Running, is_ready, serving
from tests.waiting import wait_for

IN_TIME = 0.25 + 0.75
"""APPEND_TIMEOUT, and what a busy machine adds."""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[OwnRedis]:
    """A Redis of the test's own, not started yet."""
    with own_redis(tmp_path) as server:
        yield server


def reasons(running: Running) -> str:
    """What /ready says is wrong."""
    answer = httpx.get(f"{running.url}/ready")
    assert answer.status_code == 503
    assert answer.headers["Content-Type"] == "application/problem+json"
    (reason,) = answer.json()["reasons"]
    assert isinstance(reason, str)
    return reason


def expect_refusal(running: Running, asked: dict[str, Any], said: str) -> None:
    """The service refuses in time, says why at every place, and counts it."""
    before = running.rejections().get("not_logged", 0)
    outcomes = send(running.url, asked, 5)
    assert outcomes.statuses == {503: 5}
    assert outcomes.slowest < IN_TIME
    for answer in outcomes.answers:
        assert answer.json()["reason"] == "not_logged"
        assert said in answer.json()["detail"]
        assert answer.headers["Retry-After"] == "1"
    assert said in reasons(running)
    assert running.rejections()["not_logged"] - before == 5
    wait_for("the log to say it", lambda: any(said in line["message"] for line in running.lines()))


def expect_recovery(running: Running, asked: dict[str, Any]) -> None:
    """The service answers again, and says that it does."""
    wait_for("predict to be ready", lambda: is_ready(running.url))
    assert send(running.url, asked, 20).statuses == {200: 20}
    assert any("Redis is back" in line["message"] for line in running.lines())


def test_the_service_starts_without_redis(server: OwnRedis, tmp_path: Path, asked: dict[str, Any]) -> None:
    """It lives, says that it isn't ready, and recovers by itself."""
    with serving(tmp_path, server.url, **EMBEDDED) as running:
        expect_refusal(running, asked, "can't be reached")
        server.start()
        expect_recovery(running, asked)


def test_redis_is_killed_and_comes_back(
    server: OwnRedis, tmp_path: Path, partition: Partition, asked: dict[str, Any]
) -> None:
    """What was answered 200 is in the stream, what was answered 503 is not."""
    server.start("--appendfsync", "always")
    with serving(tmp_path, server.url, **EMBEDDED) as running, Redis.from_url(server.url) as redis:
        wait_for("predict to be ready", lambda: is_ready(running.url))
        first = send(running.url, asked, 30)
        server.stop()
        expect_refusal(running, asked, "can't be reached")
        server.start("--appendfsync", "always")
        expect_recovery(running, asked)
        assert len(ids := Logged(redis, partition).ids) == 50
        assert set(first.predicted) <= set(ids)


def test_a_redis_that_is_silent_delays_nobody_for_long(
    server: OwnRedis, tmp_path: Path, partition: Partition, asked: dict[str, Any]
) -> None:
    """Refused in time; and what was sent before the silence is there at most once."""
    server.start()
    assert server.process is not None
    with serving(tmp_path, server.url, **EMBEDDED) as running, Redis.from_url(server.url) as redis:
        wait_for("predict to be ready", lambda: is_ready(running.url))
        server.process.send_signal(signal.SIGSTOP)
        during = send(running.url, asked, 40)
        assert during.statuses == {503: 40}
        assert during.slowest < IN_TIME
        expect_refusal(running, asked, "doesn't answer in time")
        server.process.send_signal(signal.SIGCONT)
        expect_recovery(running, asked)
        ids = Logged(redis, partition).ids
        assert len(ids) == len(set(ids))
        assert len(ids) - 20 <= 16, "more than the one batch that was under way"


def test_a_lost_answer_makes_no_second_record(
    server: OwnRedis, tmp_path: Path, partition: Partition, asked: dict[str, Any]
) -> None:
    """Requests reach Redis, answers get lost: the batch is settled under its number, and nothing twice."""
    server.start()
    wire = Wire(server.port)
    variables = {**EMBEDDED, "APPEND_TIMEOUT": "0.5"}
    with serving(tmp_path, wire.url, **variables) as running, Redis.from_url(server.url) as redis:
        wait_for("predict to be ready", lambda: is_ready(running.url))
        answered: list[str] = []
        for _ in range(3):
            wire.loses_answers.set()
            refused = send(running.url, asked, 8)
            assert refused.statuses == {503: 8}
            wire.loses_answers.clear()
            wait_for("predict to be ready", lambda: is_ready(running.url))
            answered += send(running.url, asked, 16).predicted
        ids = Logged(redis, partition).ids
        assert wire.lost
        assert len(answered) == 48
        assert len(ids) == len(set(ids))
        assert set(answered) <= set(ids)
        assert running.samples()['feature_log_records_total{model="churn",outcome="appended"}'] == len(ids)
    wire.close()


def test_a_wrong_password_is_said(server: OwnRedis, tmp_path: Path, asked: dict[str, Any]) -> None:
    """And nothing of the password."""
    server.start("--requirepass", "right")
    url = server.url.replace("redis://", "redis://:wr0ng@")
    with serving(tmp_path, url, **EMBEDDED) as running:
        expect_refusal(running, asked, "refuses the password")
        assert "wr0ng" not in running.log.read_text() + reasons(running)
        with Redis.from_url(server.url, password="right") as redis:  # noqa: S106 - the test's own
            redis.config_set("requirepass", "wr0ng")
        expect_recovery(running, asked)


def test_a_redis_that_is_too_old_is_said(
    redis_server: RedisServer, redis: Redis, tmp_path: Path, asked: dict[str, Any]
) -> None:
    """What it lacks would show in the windows only."""
    version = str(redis.info("server")["redis_version"])
    wire = Wire(urlsplit(redis_server.url).port or 0)
    wire.replaced = {f"redis_version:{version}".encode(): f"redis_version:6{version[1:]}".encode()}
    with serving(tmp_path, wire.url, **EMBEDDED) as running:
        expect_refusal(running, asked, f"Redis 6{version[1:]} is too old: 7.0 or newer is needed")
        wire.replaced = {}
        expect_recovery(running, asked)
    wire.close()


def test_a_redis_without_memory_is_said(server: OwnRedis, tmp_path: Path, asked: dict[str, Any]) -> None:
    """It answers, but takes no records."""
    server.start()
    with serving(tmp_path, server.url, **EMBEDDED) as running, Redis.from_url(server.url) as redis:
        wait_for("predict to be ready", lambda: is_ready(running.url))
        redis.config_set("maxmemory", "1")
        wait_for("predict to notice", lambda: not is_ready(running.url))
        expect_refusal(running, asked, "out of memory")
        redis.config_set("maxmemory", "0")
        expect_recovery(running, asked)


def test_a_read_only_replica_is_said(
    server: OwnRedis, redis_url: str, tmp_path: Path, asked: dict[str, Any]
) -> None:
    """As after a failover, with the old address."""
    server.start()
    with serving(tmp_path, server.url, **EMBEDDED) as running, Redis.from_url(server.url) as redis:
        wait_for("predict to be ready", lambda: is_ready(running.url))
        host, _, port = redis_url.removeprefix("redis://").removesuffix("/0").partition(":")
        redis.replicaof(host, port)
        wait_for("predict to notice", lambda: not is_ready(running.url))
        expect_refusal(running, asked, "read-only replica")
        redis.replicaof("NO", "ONE")
        expect_recovery(running, asked)


def test_an_empty_redis_in_its_place_is_taken(
    server: OwnRedis, tmp_path: Path, partition: Partition, asked: dict[str, Any]
) -> None:
    """The stream begins anew; nothing that is answered is lost."""
    server.start()
    with serving(tmp_path, server.url, **EMBEDDED) as running, Redis.from_url(server.url) as redis:
        wait_for("predict to be ready", lambda: is_ready(running.url))
        send(running.url, asked, 10)
        redis.flushall()
        outcomes = send(running.url, asked, 10)
        assert outcomes.statuses == {200: 10}
        assert sorted(Logged(redis, partition).ids) == sorted(outcomes.predicted)
