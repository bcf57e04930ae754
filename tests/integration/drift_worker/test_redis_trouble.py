"""A Redis that refuses, is too old, or holds something foreign: worker and sweep say so, wait and go on."""

import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from time import monotonic

import pytest
from redis import Redis
from redis.exceptions import TimeoutError as RedisTimeoutError

from contract.keys import SWEEP_HEARTBEAT, Partition, heartbeat_key
from contract.partition import ledger, register
from contract.stream.append import StreamWriter
from contract.stream.record import Record
from drift_worker.cli.windows import ledger as ledger_command
from drift_worker.evaluate.lease import worker_name
from tests.support.processes.forked import Forked
from tests.support.processes.redis import OwnRedis, own_redis
from tests.support.processes.wire import Wire
from tests.support.processes.worker import Start, starting
from tests.support.records import append_now
from tests.support.waiting import wait_for

Change = Callable[[Redis], object]

TROUBLES: dict[str, tuple[Change, Change, str]] = {
    "out of memory": (
        lambda redis: redis.config_set("maxmemory", "1"),
        lambda redis: redis.config_set("maxmemory", "0"),
        "maxmemory",
    ),
    "read-only": (
        lambda redis: redis.replicaof("127.0.0.1", 1),
        lambda redis: redis.replicaof("NO", "ONE"),
        "read only replica",
    ),
    "another password": (
        lambda redis: (redis.config_set("requirepass", "x"), redis.client_kill_filter(_type="normal")),
        lambda redis: redis.config_set("requirepass", ""),
        "Authentication required",
    ),
}
"""What makes Redis refuse, what ends that, and a word of how it is told."""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[OwnRedis]:
    """A server that the test may break."""
    (tmp_path / "redis").mkdir()
    with own_redis(tmp_path / "redis") as server:
        server.start()
        yield server


@pytest.fixture
def start(server: OwnRedis, bundle_path: Path, tmp_path: Path) -> Iterator[Start]:
    """Starts `drift-worker COMMAND`."""
    with starting(server.url, bundle_path, tmp_path) as start:
        yield start


def append_window(redis: Redis, partition: Partition, records: list[Record], writer: str) -> None:
    """Append one full window, which nobody queues."""
    register(redis, partition)
    append_now(StreamWriter(partition, 250, writer), redis, 1, records[:250])


def wait_until_told(folder: Path, command: str, words: str) -> None:
    """Wait for the words in the log of the command."""
    log = folder / f"{command}.log"
    wait_for(f"{command} to tell {words!r}", lambda: words in log.read_text(), timeout=60)


def assert_work_goes_on(
    redis: Redis, partition: Partition, records: list[Record], parts: list[Forked]
) -> None:
    """The same processes evaluate the next window."""
    append_window(redis, partition, records, "after")
    wait_for("the evaluation", lambda: redis.zcard(partition.evaluated) == 1, timeout=60)
    assert ledger(redis, partition).differences == []
    assert [part.poll() for part in parts] == [None, None]


@pytest.mark.parametrize("trouble", TROUBLES)
def test_a_redis_that_refuses_is_waited_out(
    server: OwnRedis,
    start: Start,
    partition: Partition,
    month_001: list[Record],
    tmp_path: Path,
    *,
    trouble: str,
) -> None:
    """Worker and sweep stay, tell the reason, and do their work when Redis takes it again."""
    begin, end, words = TROUBLES[trouble]
    with Redis.from_url(server.url) as redis:
        parts = [start("sweep"), start("run")]
        wait_for("the heartbeats", lambda: redis.exists(heartbeat_key(worker_name()), SWEEP_HEARTBEAT) == 2)
        begin(redis)
    wait_until_told(tmp_path, "sweep", words)
    wait_until_told(tmp_path, "run", words)
    password = "x" if trouble == "another password" else None
    with Redis.from_url(server.url, password=password) as redis:
        end(redis)
    with Redis.from_url(server.url) as redis:
        assert_work_goes_on(redis, partition, month_001, parts)


@pytest.mark.parametrize("emptied", [False, True])
def test_a_redis_that_comes_back_is_used_again(
    server: OwnRedis,
    start: Start,
    partition: Partition,
    month_001: list[Record],
    tmp_path: Path,
    *,
    emptied: bool,
) -> None:
    """The same one, or an empty one in its place."""
    parts = [start("sweep"), start("run")]
    with Redis.from_url(server.url) as redis:
        wait_for("the heartbeats", lambda: redis.exists(heartbeat_key(worker_name()), SWEEP_HEARTBEAT) == 2)
        server.stop()
        wait_until_told(tmp_path, "sweep", "Connection refused")
        wait_until_told(tmp_path, "run", "Connection refused")
        if emptied:
            server.forget()
        server.start()
        assert_work_goes_on(redis, partition, month_001, parts)


def test_a_redis_that_refuses_from_the_start_is_waited_out(
    server: OwnRedis, start: Start, partition: Partition, month_001: list[Record], tmp_path: Path
) -> None:
    """So that the order in which the parts of a stack are mended does not matter."""
    with Redis.from_url(server.url) as redis:
        redis.config_set("maxmemory", "1")
        parts = [start("sweep"), start("run")]
        wait_until_told(tmp_path, "sweep", "maxmemory")
        wait_until_told(tmp_path, "run", "maxmemory")
        redis.config_set("maxmemory", "0")
        assert_work_goes_on(redis, partition, month_001, parts)


def test_a_redis_that_is_too_old_is_refused_and_later_waited_out(
    server: OwnRedis, start: Start, partition: Partition, month_001: list[Record], tmp_path: Path
) -> None:
    """Who starts it is there to read it; while worker and sweep run, REDIS_URL's name may move to another."""
    wire = Wire(server.port)
    try:
        with Redis.from_url(server.url) as redis:
            version = str(redis.info("server")["redis_version"])
            old = "5" + version[1:]
            parts = [start("sweep", REDIS_URL=wire.url), start("run", REDIS_URL=wire.url)]
            wait_for("heartbeats", lambda: redis.exists(heartbeat_key(worker_name()), SWEEP_HEARTBEAT) == 2)
            wire.replaced = {f"redis_version:{version}".encode(): f"redis_version:{old}".encode()}
            wire.lead_to(server.port)
            wait_until_told(tmp_path, "sweep", f"is too old: it is {old}, and 7.0 or newer is needed")
            wait_until_told(tmp_path, "run", f"is too old: it is {old}, and 7.0 or newer is needed")
            for command in ("run", "sweep"):
                assert start(command, REDIS_URL=wire.url).wait(60) == 2
                *_, line = (tmp_path / f"{command}.log").read_text().splitlines()
                assert f"is too old: it is {old}, and" in line
            wire.replaced = {}
            assert_work_goes_on(redis, partition, month_001, parts)
    finally:
        wire.close()


def test_commands_and_suspension_of_rq_stop_no_worker(
    server: OwnRedis, start: Start, partition: Partition, month_001: list[Record]
) -> None:
    """Whoever can write to Redis can not end a worker by them."""
    with Redis.from_url(server.url) as redis:
        redis.set("rq:suspended", "1")
        parts = [start("sweep"), start("run")]
        worker = wait_for("the worker to be known", lambda: redis.smembers("rq:workers"))
        for name in worker:
            channel = f"rq:pubsub:{name.decode().removeprefix('rq:worker:')}"
            assert redis.publish(channel, '{"command": "shutdown"}') == 0
        assert_work_goes_on(redis, partition, month_001, parts)


def test_a_command_does_not_wait_long_for_a_redis_that_is_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody sits before it; the worker's patience is not theirs."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setenv("REDIS_URL", f"redis://127.0.0.1:{silent.getsockname()[1]}/0")
        began = monotonic()
        with pytest.raises(RedisTimeoutError):
            ledger_command()
    assert monotonic() - began < 20
