"""The whole pipeline as real processes, each of which can be killed and started again."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from redis import Redis

from demo.machine.ports import HOST, free_port
from demo.machine.redis_server import redis_command, valkey_server
from tests.support.paths import ROOT
from tests.support.processes import program
from tests.support.processes.forked import Forked
from tests.support.processes.predict import EMBEDDED, is_healthy
from tests.support.processes.redis import OwnRedis, answers, own_redis
from tests.support.waiting import wait_for

PROGRAMS = Path(sys.executable).parent
COMMANDS: dict[str, list[str]] = {
    "predict": ["predict"],
    "worker": ["drift-worker", "run"],
    "sweep": ["drift-worker", "sweep"],
}
LEASE_TTL = 2


@dataclass
class Pipeline:
    """Redis, predict, a worker and a sweep in one folder; a restarted part finds what the dead one left."""

    folder: Path
    redis: OwnRedis
    settings: dict[str, str]
    port: int = field(default_factory=free_port)
    parts: dict[str, subprocess.Popen[bytes] | Forked] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """Where predict serves, however often it is started."""
        return f"http://{HOST}:{self.port}"

    @property
    def spool(self) -> Path:
        """The folder of the spools."""
        return self.folder / "spool"

    @property
    def reports(self) -> Path:
        """REPORTS_DIR."""
        return self.folder / "reports"

    def start(self, name: str, **variables: str) -> subprocess.Popen[bytes] | Forked:
        """Start a part; predict answers when this returns."""
        telemetry = EMBEDDED if name == "predict" else {"OTEL_SDK_DISABLED": "true"}
        environment = {**os.environ, **telemetry, **self._settings(), **variables}
        log = self.folder / f"{name}.log"
        if "LD_PRELOAD" in {**self._settings(), **variables}:
            with log.open("ab") as output:
                self.parts[name] = program.start(
                    [PROGRAMS / COMMANDS[name][0], *COMMANDS[name][1:]],
                    env=environment,
                    stdout=output,
                    stderr=output,
                )
        else:
            self.parts[name] = Forked(COMMANDS[name][1:], environment, log, COMMANDS[name][0])
        if name == "predict":
            wait_for("predict to answer", lambda: is_healthy(self.url), timeout=60)
        return self.parts[name]

    def kill(self, name: str) -> None:
        """Kill a part with SIGKILL, if it runs."""
        process = self.parts.pop(name, None)
        if process is not None:
            process.kill()
            process.wait()

    def log(self, name: str) -> str:
        """What a part and its predecessors wrote."""
        return (self.folder / f"{name}.log").read_text(errors="replace")

    def _settings(self) -> dict[str, str]:
        return {
            "REDIS_URL": self.redis.url,
            "BUNDLE": str(ROOT / "bundles" / "churn"),
            "PREDICT_PORT": str(self.port),
            "SPOOL_DIR": str(self.spool),
            "REGISTRY_CACHE": str(self.folder / "registry"),
            "REPORTS_DIR": str(self.reports),
            "LEASE_TTL": str(LEASE_TTL),
            "SWEEP_INTERVAL": "0.2",
            "WINDOW_MAX_AGE": "3600",
            **self.settings,
        }


@contextmanager
def pipeline(
    folder: Path, *redis_options: str, preloaded: Mapping[str, str] | None = None, **settings: str
) -> Iterator[Pipeline]:
    """A pipeline whose Redis runs and whose parts are to be started; nothing is left running in the end.

    With a preloaded library's variables it is a Valkey: Debian's redis-server allocates by jemalloc, which
    asks for the time while libfaketime allocates its first memory, and both wait for ever.
    """
    with own_redis(folder) as server, ExitStack() as running:
        if preloaded is None:
            server.start(*redis_options)
        else:
            command = [*redis_command(valkey_server(), server.port, folder), *redis_options]
            server.process = program.start(
                command, env={**os.environ, **preloaded}, stdout=subprocess.DEVNULL
            )
            with Redis.from_url(server.url) as client:
                wait_for("Valkey to answer", lambda: answers(client))
        found = Pipeline(folder, server, settings)
        for name in COMMANDS:
            running.callback(found.kill, name)
        yield found
