"""What is asked of a Redis server when a connection to it is made, before anything else."""

from collections.abc import Mapping
from typing import Any, Final

from redis.exceptions import NoPermissionError, RedisError, ResponseError

from contract.errors import ContractError

OLDEST_SUPPORTED = (7, 0)
"""Streams count their entries from Redis 7.0 on."""

_QUESTION: Final = ("INFO", "server")


class UnsupportedRedisError(ContractError, RedisError):
    """A Redis server that can't be used however long one waits; the message says what to do.

    Whoever is at work already takes it for a Redis that is away, so that nothing is lost.
    """


def check_server(info: Mapping[str, str], where: str) -> None:
    """Raise UnsupportedRedisError unless the server that says this of itself can be used; it is at `where`.

    Valkey 9 calls its mode `server_mode`.
    """
    mode = info.get("redis_mode") or info.get("server_mode")
    if mode == "cluster":
        raise UnsupportedRedisError(
            f"Redis at {where} is a node of a cluster, which can't be used, since the queue of windows needs "
            "all of its keys on one server: set REDIS_URL to a Redis with cluster-enabled no, or to "
            "Sentinels, as in redis+sentinel://HOST:26379/MASTER/0"
        )
    if mode == "sentinel":
        raise UnsupportedRedisError(
            f"Redis at {where} is a Sentinel, which holds no data: set REDIS_URL to "
            f"redis+sentinel://{where}/MASTER/0, with the name of its master"
        )
    version = info.get("redis_version", "of an unknown version")
    if not _is_supported(version):
        raise UnsupportedRedisError(
            f"Redis at {where} is too old: it is {version}, and "
            f"{OLDEST_SUPPORTED[0]}.{OLDEST_SUPPORTED[1]} or newer is needed"
        )


def _is_supported(version: str) -> bool:
    first, _, rest = version.partition(".")
    second = rest.partition(".")[0]
    return first.isdigit() and second.isdigit() and (int(first), int(second)) >= OLDEST_SUPPORTED


def greet(connection: Any) -> None:
    """Log in on a new connection, and look at which server it leads to.

    It is asked once a connection, so that no command waits for it. Raises UnsupportedRedisError.
    """
    try:
        connection.on_connect()
    except NoPermissionError:
        raise
    except ResponseError:  # a cluster and a Sentinel have no database but 0
        _check(connection, _ask(connection))
        raise
    _check(connection, _ask(connection))


async def greet_async(connection: Any) -> None:
    """Log in on a new connection of an event loop, and look at which server it leads to, as `greet` does."""
    try:
        await connection.on_connect()
    except NoPermissionError:
        raise
    except ResponseError:
        _check(connection, await _ask_async(connection))
        raise
    _check(connection, await _ask_async(connection))


def _ask(connection: Any) -> Any:
    connection.send_command(*_QUESTION, check_health=False)
    return connection.read_response()


async def _ask_async(connection: Any) -> Any:
    await connection.send_command(*_QUESTION, check_health=False)
    return await connection.read_response()


def _check(connection: Any, answer: Any) -> None:
    text = answer.decode() if isinstance(answer, bytes) else str(answer)
    host = getattr(connection, "host", None)
    where = f"{host}:{connection.port}" if host else str(connection.path)
    check_server(dict(line.split(":", 1) for line in text.splitlines() if ":" in line), where)
