"""Redis goes away under load: no answer fails or waits for it, and nothing is lost or out of order."""

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import httpx
import pytest
from bundle import open_bundle
from contract.keys import Partition
from contract.reading import ledger
from predict.openapi import request_example
from redis import Redis

from tests.conftest import ROOT
from tests.faults.constant_load import constant_load, out_of_order
from tests.faults.figures import Figures
from tests.integration.predict.load import Logged
from tests.integration.predict.redis_servers import OwnRedis, own_redis
from tests.integration.predict.serving import EMBEDDED, Running, is_ready, serving
from tests.waiting import wait_for

pytestmark = pytest.mark.timeout(300)

APPEND_TIMEOUT = 0.25
ALLOWED = APPEND_TIMEOUT + 0.05
"""Seconds: what 99 of 100 answers may take at most."""

RATE = 60
GROWTH_MB = 50
SPOOLED = "feature_log_spool_records{}"

Fault = Callable[[OwnRedis, Redis], AbstractContextManager[None]]


@contextmanager
def paused(server: OwnRedis, _: Redis) -> Iterator[None]:
    """It takes connections, and answers none."""
    assert server.process is not None
    server.process.send_signal(signal.SIGSTOP)
    yield
    server.process.send_signal(signal.SIGCONT)


@contextmanager
def without_memory(_: OwnRedis, redis: Redis) -> Iterator[None]:
    """It answers, and refuses to write."""
    redis.config_set("maxmemory", "1")
    yield
    redis.config_set("maxmemory", "0")


@contextmanager
def with_another_password(_: OwnRedis, redis: Redis) -> Iterator[None]:
    """It refuses everyone; our connection of before is let in again by the name it has."""
    redis.config_set("requirepass", "other")
    redis.client_kill_filter(_type="normal", skipme=True)
    yield
    redis.execute_command("AUTH", "other")  # type: ignore[no-untyped-call]
    redis.config_set("requirepass", "")


@contextmanager
def killed(server: OwnRedis, _: Redis) -> Iterator[None]:
    """Its address refuses connections."""
    server.stop()
    yield
    server.start("--appendfsync", "always")


def resident_mb(running: Running) -> float:
    """The memory that the service holds, in MiB."""
    status = Path(f"/proc/{running.process.pid}/status").read_text()
    (line,) = [line for line in status.splitlines() if line.startswith("VmRSS:")]
    return int(line.split()[1]) / 1024


@pytest.mark.parametrize(
    ("fault", "seconds"),
    [(paused, 60), (without_memory, 10), (with_another_password, 10), (killed, 10)],
    ids=lambda value: getattr(value, "__name__", f"{value}s"),
)
def test_redis_goes_away_under_load(tmp_path: Path, figures: Figures, fault: Fault, seconds: float) -> None:
    """Every request is answered with 200, in time, and is in the stream once when Redis is back."""
    bundle = open_bundle(ROOT / "bundles" / "churn")
    partition = Partition(bundle.name, bundle.version)
    asked = request_example(bundle.schema)
    with own_redis(tmp_path) as server:
        server.start("--appendfsync", "always")
        with (
            serving(tmp_path, server.url, **EMBEDDED) as running,
            Redis.from_url(server.url, single_connection_client=True) as redis,
        ):
            wait_for("predict to be ready", lambda: is_ready(running.url))
            with constant_load(running.url, asked, RATE) as load:
                wait_for("the load to be under way", lambda: len(load.asked) > 2 * RATE)
                before = resident_mb(running)
                with fault(server, redis):
                    time.sleep(seconds)
                grown = resident_mb(running) - before
                wait_for(
                    "the spool to be drained", lambda: not running.samples()["feature_log_spool_records{}"]
                )
                wait_for("records to go to Redis again", lambda: not limitations(running))
                time.sleep(1)
            assert load.statuses == {200: len(load.asked)}
            assert len(load.asked) > RATE * seconds
            assert load.percentile(0.99) <= ALLOWED
            assert grown < GROWTH_MB
        with Redis.from_url(server.url) as redis:
            ids = Logged(redis, partition).ids
            account = ledger(redis, partition)
            figures.add(
                f"Redis {getattr(fault, '__name__', '')} for {seconds:g} s under load",
                answered=len(load.predicted),
                p99_ms=round(1000 * load.percentile(0.99)),
                grown_mb=round(grown),
                lost=len(set(load.predicted) - set(ids)),
                duplicated=len(ids) - len(set(ids)),
                out_of_order=len(out_of_order(load.asked, ids)),
            )
            assert sorted(ids) == sorted(load.predicted)
            assert out_of_order(load.asked, ids) == []
            assert account.accepted == account.appended == len(load.asked)
            assert account.differences == []


def limitations(running: Running) -> list[str]:
    """What /ready says is wrong while predictions are answered and logged."""
    return list(httpx.get(f"{running.url}/ready").json()["limitations"])
