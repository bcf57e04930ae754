"""A Redis and a predict that belong together, under load of their own; several run side by side."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from redis import Redis

from bundle import open_bundle
from contract.keys import Partition
from contract.ledger import Ledger
from contract.partition import ledger
from contract.schema import MAX_TEXT
from predict.request.openapi import request_example
from tests.support.http.constant_load import Load, constant_load, out_of_order
from tests.support.http.load import Logged
from tests.support.paths import ROOT
from tests.support.processes.predict import EMBEDDED, Running, is_ready, serving
from tests.support.processes.redis import OwnRedis
from tests.support.waiting import wait_for

APPEND_TIMEOUT = 0.25
ALLOWED = APPEND_TIMEOUT + 0.05
"""Seconds: what 99 of 100 answers may take at most."""

BUNDLE = open_bundle(ROOT / "bundles" / "churn")
PARTITION = Partition(BUNDLE.name, BUNDLE.version)
LONG = "x" * MAX_TEXT
TEXTS = {each.name: LONG for each in BUNDLE.schema.features if each.kind == "categorical"}
EXAMPLE = {
    BUNDLE.schema.entity: LONG,
    "features": {**request_example(BUNDLE.schema)["features"], **TEXTS},
}
"""A request whose record is about as large as one can be."""


@dataclass
class Pair:
    """Redis, predict, what was asked of it, and in the end what Redis holds."""

    folder: Path
    server: OwnRedis
    rate: float
    load: Load = field(default_factory=Load)
    logged: list[str] = field(default_factory=list)
    account: Ledger = field(default_factory=Ledger)

    @contextmanager
    def under_load(self, redis_url: str | None = None) -> Iterator[Running]:
        """A predict that is ready, and asked all the time; afterwards it has ended."""
        with serving(self.folder, redis_url or self.server.url, **EMBEDDED) as running:
            wait_for("predict to be ready", lambda: is_ready(running.url))
            with constant_load(running.url, EXAMPLE, self.rate) as self.load:
                wait_for("the load to be under way", self.load.goes_on(2 * self.rate))
                yield running

    def read(self) -> None:
        """Note what Redis holds."""
        with Redis.from_url(self.server.url) as redis:
            self.logged = Logged(redis, PARTITION).ids
            self.account = ledger(redis, PARTITION)

    def findings(self) -> dict[str, int]:
        """What became of the answered requests, as figures."""
        return {
            "answered": len(self.load.predicted),
            "p99_ms": round(1000 * self.load.percentile(0.99)),
            "lost": len(set(self.load.predicted) - set(self.logged)),
            "duplicated": len(self.logged) - len(set(self.logged)),
            "out_of_order": len(out_of_order(self.load.asked, self.logged)),
        }


def has_caught_up(running: Running) -> bool:
    """Whether the spool is drained, and records go to Redis again."""
    drained = not running.value("feature_log_spool_records")
    return drained and not httpx.get(f"{running.url}/ready").json()["limitations"]
