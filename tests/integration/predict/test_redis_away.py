"""Without Redis predictions are answered all the same, and none of them is lost, nor logged twice."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from redis import Redis

from contract.keys import Partition
from contract.partition import ledger
from tests.support.http.load import Logged, send
from tests.support.processes.forked import Forked
from tests.support.processes.predict import EMBEDDED, Running, environment, is_ready, serving
from tests.support.processes.redis import OwnRedis, RedisServer, own_redis
from tests.support.processes.wire import Wire
from tests.support.waiting import wait_for

IN_TIME = 0.25 + 1.75
"""APPEND_TIMEOUT, and what a busy machine adds."""

SPOOLED = "feature_log_spool_records"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[OwnRedis]:
    """A Redis of the test's own, not started yet."""
    with own_redis(tmp_path) as server:
        yield server


def limitations(running: Running) -> str:
    """What /ready says is wrong while predictions are answered and logged."""
    answer = httpx.get(f"{running.url}/ready")
    assert answer.status_code == 200
    return "; ".join(answer.json()["limitations"])


def expect_spooling(running: Running, asked: dict[str, Any], said: str) -> list[str]:
    """The service answers in time, keeps the records, and says why; gives the prediction ids."""
    before = running.value(SPOOLED)
    outcomes = send(running.url, asked, 5)
    assert outcomes.statuses == {200: 5}
    assert outcomes.slowest < IN_TIME
    wait_for("/ready to say it", lambda: said in limitations(running))
    wait_for("the log to say it", lambda: any(said in line["message"] for line in running.lines()))
    assert running.value(SPOOLED) == before + 5
    return outcomes.predicted


def expect_recovery(
    running: Running, asked: dict[str, Any], redis: Redis, partition: Partition, answered: list[str]
) -> None:
    """The spool drains: what was answered, before and after, is in the stream in its order, once."""
    wait_for("the spool to be drained", lambda: running.value(SPOOLED) == 0)
    wait_for("Redis to be back", lambda: not limitations(running))
    answered = answered + [send(running.url, asked, 1).predicted[0] for _ in range(5)]
    assert Logged(redis, partition).ids == answered
    account = ledger(redis, partition)
    assert account.accepted == account.appended == len(answered)
    assert account.differences == []
    assert any("Redis is back" in line["message"] for line in running.lines())


def ordered(running: Running, asked: dict[str, Any], count: int) -> list[str]:
    """The prediction ids of requests that were sent one after another."""
    return [send(running.url, asked, 1).predicted[0] for _ in range(count)]


def test_the_service_starts_without_redis(
    server: OwnRedis, tmp_path: Path, partition: Partition, asked: dict[str, Any]
) -> None:
    """It answers, says what is wrong, and recovers by itself."""
    with serving(tmp_path, server.url, **EMBEDDED) as running, Redis.from_url(server.url) as redis:
        expect_spooling(running, asked, "can't be reached")
        answered = ordered(running, asked, 5)
        server.start()
        wait_for("the spool to be drained", lambda: running.value(SPOOLED) == 0)
        assert Logged(redis, partition).ids[-5:] == answered
        assert ledger(redis, partition).differences == []


def test_redis_is_killed_and_comes_back(
    server: OwnRedis, tmp_path: Path, partition: Partition, asked: dict[str, Any]
) -> None:
    """What was answered is in the stream, once and in order, whether Redis was there or not."""
    server.start("--appendfsync", "always")
    with serving(tmp_path, server.url, **EMBEDDED) as running, Redis.from_url(server.url) as redis:
        wait_for("predict to be ready", lambda: is_ready(running.url))
        answered = ordered(running, asked, 10)
        server.stop()
        answered += ordered(running, asked, 20)
        assert "can't be reached" in limitations(running)
        server.start("--appendfsync", "always")
        expect_recovery(running, asked, redis, partition, answered)


def test_a_silent_redis_delays_nobody_for_long(
    server: OwnRedis, tmp_path: Path, partition: Partition, asked: dict[str, Any]
) -> None:
    """The first wait for their limit, the others not at all; and what it had taken is not taken again."""
    server.start()
    with serving(tmp_path, server.url, **EMBEDDED) as running, Redis.from_url(server.url) as redis:
        wait_for("predict to be ready", lambda: is_ready(running.url))
        with server.halted():
            during = send(running.url, asked, 40)
            assert during.statuses == {200: 40}
            assert during.slowest < IN_TIME
            expected = during.predicted + expect_spooling(running, asked, "doesn't answer in time")
        wait_for("the spool to be drained", lambda: running.value(SPOOLED) == 0)
        assert sorted(Logged(redis, partition).ids) == sorted(expected)
        assert ledger(redis, partition).differences == []


def test_a_lost_answer_makes_no_second_record(
    server: OwnRedis, tmp_path: Path, partition: Partition, asked: dict[str, Any]
) -> None:
    """Requests reach Redis, answers get lost: what it took is not taken again from the spool."""
    server.start()
    wire = Wire(server.port)
    with serving(tmp_path, wire.url, **EMBEDDED) as running, Redis.from_url(server.url) as redis:
        wait_for("predict to be ready", lambda: is_ready(running.url))
        answered: list[str] = []
        for _ in range(3):
            wire.loses_answers.set()
            answered += send(running.url, asked, 8).predicted
            wire.loses_answers.clear()
            answered += send(running.url, asked, 16).predicted
            wait_for("the spool to be drained", lambda: running.value(SPOOLED) == 0)
        assert wire.lost
        assert len(answered) == 3 * 24
        assert sorted(Logged(redis, partition).ids) == sorted(answered)
        assert ledger(redis, partition).differences == []
    wire.close()


def test_a_wrong_password_is_said(
    server: OwnRedis, tmp_path: Path, partition: Partition, asked: dict[str, Any]
) -> None:
    """And nothing of the password."""
    server.start("--requirepass", "right")
    url = server.url.replace("redis://", "redis://:wr0ng@")
    with (
        serving(tmp_path, url, **EMBEDDED) as running,
        Redis.from_url(server.url, password="right") as redis,  # noqa: S106 - the test's own
    ):
        answered = expect_spooling(running, asked, "refuses the password")
        assert "wr0ng" not in running.log.read_text() + limitations(running)
        redis.config_set("requirepass", "wr0ng")
        wait_for("the spool to be drained", lambda: running.value(SPOOLED) == 0)
        assert sorted(Logged(redis, partition).ids) == sorted(answered)


def test_a_redis_that_is_too_old_is_said(
    redis_server: RedisServer, redis: Redis, tmp_path: Path, partition: Partition, asked: dict[str, Any]
) -> None:
    """What it lacks would show in the windows only: it is refused at the start, and is no outage later."""
    version = str(redis.info("server")["redis_version"])
    port = urlsplit(redis_server.url).port or 0
    wire = Wire(port)
    old = {f"redis_version:{version}".encode(): f"redis_version:6{version[1:]}".encode()}
    where = wire.url.removeprefix("redis://").removesuffix("/0")
    too_old = f"Redis at {where} is too old: it is 6{version[1:]}, and 7.0 or newer is needed"
    with serving(tmp_path, wire.url, **EMBEDDED) as running:
        wait_for("predict to be ready", lambda: is_ready(running.url))
        wire.replaced = old
        wire.lead_to(port)
        wait_for("predict not to be ready", lambda: not is_ready(running.url))
        assert httpx.get(f"{running.url}/ready").json()["reasons"] == [too_old]
        answered = send(running.url, asked, 5).predicted
        assert not redis.exists(partition.stream)
        printed = tmp_path / "printed"
        assert Forked([], environment(REDIS_URL=wire.url), printed, "predict").wait(60) == 2
        assert printed.read_text().splitlines() == [f"predict: {too_old}"]
        wire.replaced = {}
        wait_for("the spool to be drained", lambda: len(Logged(redis, partition).ids) == len(answered))
        assert sorted(Logged(redis, partition).ids) == sorted(answered)
    wire.close()


def test_a_redis_without_memory_is_said(
    server: OwnRedis, tmp_path: Path, partition: Partition, asked: dict[str, Any]
) -> None:
    """It answers, but takes no records."""
    server.start()
    with serving(tmp_path, server.url, **EMBEDDED) as running, Redis.from_url(server.url) as redis:
        wait_for("predict to be ready", lambda: is_ready(running.url))
        answered = ordered(running, asked, 3)
        redis.config_set("maxmemory", "1")
        answered += ordered(running, asked, 3)
        assert "out of memory" in limitations(running)
        redis.config_set("maxmemory", "0")
        expect_recovery(running, asked, redis, partition, answered)


def test_a_read_only_replica_is_said(
    server: OwnRedis, redis_url: str, tmp_path: Path, partition: Partition, asked: dict[str, Any]
) -> None:
    """As after a failover, with the old address."""
    server.start()
    with serving(tmp_path, server.url, **EMBEDDED) as running, Redis.from_url(server.url) as redis:
        wait_for("predict to be ready", lambda: is_ready(running.url))
        host, _, port = redis_url.removeprefix("redis://").removesuffix("/0").partition(":")
        redis.replicaof(host, port)
        wait_for("predict to notice", lambda: limitations(running))
        answered = ordered(running, asked, 5)
        assert "read-only replica" in limitations(running)
        redis.replicaof("NO", "ONE")
        expect_recovery(running, asked, redis, partition, answered)


def another_server(server: OwnRedis) -> None:
    """Start one that has nothing of what the first one kept."""
    server.stop()
    server.forget()
    server.start()


EMPTIED: dict[str, Callable[[OwnRedis, Redis], object]] = {
    "emptied": lambda server, redis: redis.flushall(),
    "another server": lambda server, redis: another_server(server),
}


@pytest.mark.parametrize("how", EMPTIED)
def test_an_empty_redis_in_its_place_is_taken(
    server: OwnRedis, tmp_path: Path, partition: Partition, asked: dict[str, Any], *, how: str
) -> None:
    """The stream begins anew; nothing that is answered from then on is lost, and what is gone is said."""
    server.start()
    with serving(tmp_path, server.url, **EMBEDDED) as running, Redis.from_url(server.url) as redis:
        wait_for("predict to be ready", lambda: is_ready(running.url))
        send(running.url, asked, 10)
        EMPTIED[how](server, redis)
        outcomes = send(running.url, asked, 10)
        assert outcomes.statuses == {200: 10}
        wait_for("the spool to be drained", lambda: running.value(SPOOLED) == 0)
        assert sorted(Logged(redis, partition).ids) == sorted(outcomes.predicted)
        wait_for("/ready to say it", lambda: "10 records are lost" in limitations(running))
        assert any("10 records are lost" in line["message"] for line in running.lines())
        account = ledger(redis, partition)
        assert (account.lost, account.differences) == (10, [])
