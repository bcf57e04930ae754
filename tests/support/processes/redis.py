"""Redis servers: one that tests share, and those that a test may break."""

import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from redis import Redis
from redis.exceptions import RedisError

from demo.machine.ports import HOST, free_port
from demo.machine.redis_server import find_redis_server, redis_command
from tests.support.processes import program
from tests.support.waiting import wait_for


@dataclass(frozen=True)
class RedisServer:
    """A running server and where it listens."""

    process: subprocess.Popen[bytes]
    url: str


def answers(client: Redis) -> bool:
    """Whether the server answers a ping."""
    try:
        return bool(client.ping())
    except RedisError:
        return False


@dataclass
class OwnRedis:
    """A server that belongs to one test: on a port of its own, to be stopped and started."""

    folder: Path
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"redis://{HOST}:{self.port}/0"

    def start(self, *options: str) -> None:
        """Start it, with what its folder holds, and wait until it answers."""
        command = [*redis_command(find_redis_server(), self.port, self.folder), *options]
        self.process = program.start(command, stdout=subprocess.DEVNULL)
        with Redis.from_url(self.url) as client:
            wait_for("Redis to answer", lambda: answers(client) or "--requirepass" in options)

    def stop(self) -> None:
        """Kill it."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def signal(self, number: int) -> None:
        """Send the running server a signal."""
        assert self.process is not None
        self.process.send_signal(number)

    @contextmanager
    def halted(self) -> Iterator[None]:
        """It takes connections while the context is open, and answers none."""
        assert self.process is not None
        program.halt(self.process)
        try:
            yield
        finally:
            self.signal(signal.SIGCONT)

    def forget(self) -> None:
        """Remove what it has kept on disk, so that an empty one starts in its place."""
        for file in [*self.folder.glob("appendonlydir/*"), *self.folder.glob("*.rdb")]:
            file.unlink()


@contextmanager
def own_redis(folder: Path) -> Iterator[OwnRedis]:
    """A server that isn't started yet, and is stopped in the end."""
    server = OwnRedis(folder)
    try:
        yield server
    finally:
        server.stop()
