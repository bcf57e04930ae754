"""A Redis of the benchmark's own, as the demo runs it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from redis import Redis
from redis.exceptions import RedisError

from bench.processes import running
from contract.redis.connection import background_client
from demo.machine.ports import HOST, free_port
from demo.machine.redis_server import find_redis_server, redis_command


@contextmanager
def scratch_redis(folder: Path, prefix: Sequence[str] = ()) -> Iterator[str]:
    """The URL of an empty Redis that is run by a command beginning with `prefix`.

    Raises ProgramError, or DemoError where there is none to run.
    """
    port = free_port()
    data = folder / "redis"
    data.mkdir()
    url = f"redis://{HOST}:{port}/0"
    command = [*prefix, *redis_command(find_redis_server(), port, data)]
    with running("redis", command, folder) as server, background_client(url) as redis:
        server.wait_until(lambda: _answers(redis))
        yield url


def _answers(redis: Redis) -> bool:
    try:
        return bool(redis.ping())
    except RedisError:
        return False
