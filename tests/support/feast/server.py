"""A real Feast server, as `FEAST=1 make up` runs it, with a Redis of its own."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from redis import Redis

from demo.machine.feast_server import DATABASE, feast_command, feast_variables, install_feast
from demo.machine.ports import HOST
from tests.support.feast.month import write_month
from tests.support.paths import ROOT
from tests.support.processes.redis import OwnRedis, own_redis
from tests.support.processes.separate import SeparateServer


@dataclass
class FeastServer(SeparateServer):
    """Feast over a Redis; FEATURES_URL is its url."""

    name = "Feast"

    redis: OwnRedis

    @property
    def repository(self) -> Path:
        """What it serves: tests.support.feast.month says whose features these are."""
        return self.folder / "repository"

    def command(self) -> Sequence[str]:
        """Feast's own, of the folder features/."""
        project = ROOT / "features"
        install_feast(project)
        return feast_command(self.repository, self.port, project)

    def environment(self) -> Mapping[str, str]:
        """Where its values lie."""
        return {**feast_variables(self.redis.port, self.folder), **self._store()}

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
