"""A real Feast server, as `FEAST=1 make up` runs it, with a Redis of its own."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from redis import Redis

from demo.machine.feast_server import DATABASE, feast_command, feast_variables, install_feast
from demo.machine.ports import HOST, free_port
from demo.machine.processes import living
from tests.support.feast.month import write_month
from tests.support.paths import ROOT
from tests.support.processes import program
from tests.support.processes.collector import reachable
from tests.support.processes.redis import OwnRedis, own_redis
from tests.support.waiting import wait_for

START_LIMIT = 120.0
"""Seconds; to import Feast and to bring a month into Redis takes 15 of CPU, and took 50 on a loaded core."""


@dataclass
class FeastServer:
    """A server on a port of its own, to be stopped and started; Redis keeps what it was given."""

    folder: Path
    redis: OwnRedis
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """What FEATURES_URL says of it."""
        return f"http://{HOST}:{self.port}"

    @property
    def repository(self) -> Path:
        """What it serves: tests.support.feast.month says whose features these are."""
        return self.folder / "repository"

    @property
    def log(self) -> Path:
        """What it prints."""
        return self.folder / "feast.log"

    def start(self) -> None:
        """Start it, and wait until it answers."""
        project = ROOT / "features"
        install_feast(project)
        with self.log.open("ab") as output:
            self.process = program.start(
                living(feast_command(self.repository, self.port, project), children=True),
                env={**os.environ, **feast_variables(self.redis.port, self.folder), **self._store()},
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        wait_for("Feast to answer", self._answers, START_LIMIT, interval=0.1)

    def stop(self) -> None:
        """Kill it with the process that it has started."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None
            wait_for("nothing to answer at Feast's port", lambda: not reachable(f"{self.url}/health"))

    def _store(self) -> dict[str, str]:
        """Where the values lie, with the user and the rights of redis/users.example.acl."""
        lines = (ROOT / "redis" / "users.example.acl").read_text().splitlines()
        [words] = [line.split() for line in lines if line.startswith("user features ")]
        with Redis.from_url(self.redis.url) as client:
            client.execute_command("ACL", "SETUSER", *words[1:])
        word = next(each[1:] for each in words if each.startswith(">"))
        return {
            "FEATURES_STORE": f'{HOST}:{self.redis.port},db={DATABASE},username=features,password="{word}"'
        }

    def _answers(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, self.log.read_text()
        return reachable(f"{self.url}/health")


@contextmanager
def feast_server(folder: Path) -> Iterator[FeastServer]:
    """A server with the month of tests.support.feast.month; it runs, and is stopped in the end."""
    redis_folder = folder / "redis"
    redis_folder.mkdir()
    with own_redis(redis_folder) as redis:
        redis.start()
        server = FeastServer(folder, redis)
        write_month(server.repository)
        try:
            server.start()
            yield server
        finally:
            server.stop()
