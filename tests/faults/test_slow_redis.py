"""A Redis that answers, but slowly: no answer waits for it, and none that was given is lost."""

import random
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.faults.pairs import ALLOWED, Pair
from tests.support.faults.slow_redis import SlowWire, slow_wire
from tests.support.figures import Figures
from tests.support.http.constant_load import percentile
from tests.support.processes.predict import EMBEDDED, Running, serving
from tests.support.processes.redis import own_redis
from tests.support.soak import SCALE
from tests.support.waiting import wait_for

pytestmark = [pytest.mark.alone, pytest.mark.timeout(150)]

DELAYS = (0.3, 0.6, 0.9)
"""Seconds by which answers come later: above APPEND_TIMEOUT, and far below what ends a connection."""

RATE = 30
SECONDS = SCALE.slow
KILLS = 1


@dataclass
class Slow:
    """A pair whose Redis seems slow to predict."""

    pair: Pair
    wire: SlowWire
    delay: float
    running: Running
    since: float = 0.0

    def begin(self) -> None:
        """Be slow from now on."""
        self.since, self.wire.delay = time.monotonic(), self.delay

    def kill(self) -> None:
        """Kill predict right after it has answered, and find its address refused."""
        wait_for("an answer", self.pair.load.goes_on(1), interval=0.001)
        self.running.process.kill()
        self.running.process.wait()

    def check(self, figures: Figures, seed: int) -> None:
        """Answers came in time, and each is in the stream once when another process has drained the spool."""
        what = f"seed {seed}, answers of Redis after {self.delay} s"
        with serving(self.pair.folder, self.pair.server.url, **EMBEDDED):
            spool = self.pair.folder / "spool"
            wait_for("the spool to be drained", lambda: not list(spool.glob("*/*.spool")))
            wait_for("the dead one's folder to go", lambda: len(list(spool.iterdir())) == 1)
        self.pair.read()
        found = self.pair.findings()
        load = self.pair.load
        waited = percentile([each.seconds for each in load.asked if each.sent >= self.since], 0.99)
        figures.add(f"slow Redis, {what}", **{**found, "p99_ms": round(1000 * waited)})
        assert set(load.statuses) == {200}, what
        assert waited <= ALLOWED, what
        assert (found["lost"], found["duplicated"], found["out_of_order"]) == (0, 0, 0), what
        assert (self.pair.account.lost, self.pair.account.differences) == (0, []), what


@pytest.mark.parametrize("seed", range(51, 51 + KILLS))
def test_predict_is_killed_while_redis_is_slow(tmp_path: Path, figures: Figures, seed: int) -> None:
    """Whatever the delay is, an answer that was given in time stands for a record that is kept."""
    chance = random.Random(seed)  # noqa: S311 - seeded
    with ExitStack() as servers:
        with ExitStack() as loads:
            slow = [begun(delay, tmp_path, servers, loads) for delay in DELAYS]
            for each in slow:
                each.begin()
            enough = [each.pair.load.goes_on(RATE * chance.uniform(0.5, 1) * SECONDS) for each in slow]
            wait_for("the load to go on", lambda: all(each() for each in enough))
            for each in chance.sample(slow, len(slow)):
                each.kill()
        for each in slow:
            each.check(figures, seed)


def begun(delay: float, folder: Path, servers: ExitStack, loads: ExitStack) -> Slow:
    """A pair under load, while Redis is as fast as ever."""
    own = folder / f"{delay}"
    own.mkdir()
    server = servers.enter_context(own_redis(own))
    server.start("--appendfsync", "always")
    wire = servers.enter_context(slow_wire(server.port))
    pair = Pair(own, server, RATE)
    return Slow(pair, wire, delay, loads.enter_context(pair.under_load(wire.url)))
