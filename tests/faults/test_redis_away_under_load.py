"""Redis goes away under load: no answer fails or waits for it, and nothing is lost or out of order."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from redis import Redis

from tests.support.faults.pairs import ALLOWED, Pair, has_caught_up
from tests.support.figures import Figures
from tests.support.processes.memory import resident_mb
from tests.support.processes.predict import Running
from tests.support.processes.redis import OwnRedis, own_redis
from tests.support.soak import SCALE
from tests.support.waiting import wait_for

pytestmark = [pytest.mark.alone, pytest.mark.timeout(300)]

SECONDS = SCALE.outage
GROWTH_MB = 4
"""Less than the records of a paused Redis would take in memory: that they are on the disk is to be seen."""

RATE, PAUSED_RATE = 20.0, 100.0
"""Requests per second to each of the services, which run side by side."""

USUAL = 0.03
"""Seconds: what every other answer takes at most, once the first gave up; none waits for a connection."""

Fault = Callable[[OwnRedis, Redis], AbstractContextManager[None]]


@contextmanager
def paused(server: OwnRedis, _: Redis) -> Iterator[None]:
    """It takes connections, and answers none."""
    with server.halted():
        yield


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


@dataclass
class Outage:
    """A Redis that goes away, and a predict under load that has to do without it."""

    fault: Fault
    pair: Pair
    running: Running
    resident_mb: float
    grown_mb: float = 0.0
    usual: float = 0.0
    """The median of the seconds that answers took from the second second on."""

    @property
    def name(self) -> str:
        """What is done to Redis."""
        return getattr(self.fault, "__name__", "")

    @contextmanager
    def under_way(self) -> Iterator[None]:
        """Redis is away for as long as the context is open."""
        with (
            Redis.from_url(self.pair.server.url, single_connection_client=True) as redis,
            self.fault(self.pair.server, redis),
        ):
            began = time.monotonic()
            yield
            self.usual = self.pair.load.since(began + 1).percentile(0.5)
            self.grown_mb = resident_mb(self.running.process.pid) - self.resident_mb

    def check(self, figures: Figures) -> None:
        """Every request was answered in time, and is in the stream once and in its place."""
        self.pair.read()
        load, account, found = self.pair.load, self.pair.account, self.pair.findings()
        figures.add(
            f"Redis {self.name} for {SECONDS} s under load",
            **found,
            usual_ms=round(1000 * self.usual),
            grown_mb=round(self.grown_mb),
        )
        assert (load.statuses, load.unanswered) == ({200: len(load.asked)}, 0), self.name
        assert len(load.asked) > self.pair.rate * SECONDS, self.name
        assert load.percentile(0.99) <= ALLOWED, self.name
        assert self.usual <= USUAL, self.name
        assert self.grown_mb < GROWTH_MB, self.name
        assert sorted(self.pair.logged) == sorted(load.predicted), self.name
        assert found["out_of_order"] == 0, self.name
        assert account.accepted == account.appended == len(load.asked), self.name
        assert account.differences == [], self.name


def test_redis_goes_away_under_load(tmp_path: Path, figures: Figures) -> None:
    """Requests are answered in time, in little memory; their records follow, once and in order."""
    faults: Sequence[Fault] = (paused, without_memory, with_another_password, killed)
    with ExitStack() as servers:
        with ExitStack() as loads:
            rates: dict[Fault, float] = {paused: PAUSED_RATE}
            outages = [begun(fault, tmp_path, rates.get(fault, RATE), servers, loads) for fault in faults]
            with ExitStack() as away:
                for each in outages:
                    away.enter_context(each.under_way())
                lasted = [each.pair.load.goes_on(each.pair.rate * SECONDS) for each in outages]
                wait_for("the outages to last", lambda: all(each() for each in lasted), 2 * SECONDS)
            wait_for(
                "the spools to be drained, and Redis to be used again",
                lambda: all(has_caught_up(each.running) for each in outages),
            )
            more = [each.pair.load.goes_on(RATE) for each in outages]
            wait_for("more answers", lambda: all(each() for each in more))
        for each in outages:
            each.check(figures)


def begun(fault: Fault, folder: Path, rate: float, servers: ExitStack, loads: ExitStack) -> Outage:
    """A pair under load, before anything is done to its Redis."""
    own = folder / getattr(fault, "__name__", "")
    own.mkdir()
    server = servers.enter_context(own_redis(own))
    server.start("--appendfsync", "always")
    pair = Pair(own, server, rate)
    running = loads.enter_context(pair.under_load())
    return Outage(fault, pair, running, resident_mb(running.process.pid))
