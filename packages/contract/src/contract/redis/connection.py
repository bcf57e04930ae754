"""Clients of Redis, and what this project asks of the server."""

import re
from typing import Any
from urllib.parse import SplitResult, parse_qsl, urlsplit

from redis import Redis
from redis.asyncio import Redis as AsyncRedis
from redis.asyncio.retry import Retry as AsyncRetry
from redis.backoff import ExponentialBackoff, NoBackoff
from redis.connection import HiredisRespSerializer
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError
from redis.exceptions import TimeoutError as RedisTimeoutError
from redis.retry import Retry

from contract.errors import UnsupportedRedisError

OLDEST_SUPPORTED = (7, 0)
"""Streams count their entries from Redis 7.0 on."""

_DATABASE = re.compile("[0-9]{0,9}")


def check_url(url: str) -> None:
    """Raise ValueError unless both clients take the whole URL; the message quotes nothing of it."""
    try:
        parts = urlsplit(url)
        options = parse_qsl(parts.query, keep_blank_values=True)
    except ValueError:  # its message quotes the URL
        raise ValueError("this is no URL of a Redis server") from None
    _check_database(parts, options)
    _check_options(parts, options)
    try:
        request_client(url, timeout=1).connection_pool.make_connection()  # type: ignore[no-untyped-call]
        background_client(url).connection_pool.make_connection()
    except (TypeError, ValueError, RedisError):  # an unknown option, or a value that it can't have
        raise ValueError("the Redis client does not take this URL; check its port and its options") from None


def _check_database(parts: SplitResult, options: list[tuple[str, str]]) -> None:
    """The clients read a database that is no number as database 0."""
    named = [value for name, value in options if name == "db"]
    if parts.scheme != "unix":
        named.append(parts.path.removeprefix("/"))
    if not all(_DATABASE.fullmatch(database) for database in named):
        raise ValueError("the database must be a number, as in redis://host:6379/0")


def _check_options(parts: SplitResult, options: list[tuple[str, str]]) -> None:
    """Other options would set what is set here, or how replies are read."""
    for name, _ in options:
        if not (name.startswith("ssl_") or (name == "db" and parts.scheme == "unix")):
            raise ValueError(
                "the query may only hold options that begin with ssl_, for rediss://, and db, for unix://"
            )


def request_client(url: str, timeout: float) -> AsyncRedis:
    """A client for the way of a request: it waits `timeout` seconds at most, and never retries by itself."""
    client = AsyncRedis.from_url(
        url,
        protocol=2,
        socket_timeout=timeout,
        socket_connect_timeout=timeout,
        retry=AsyncRetry(NoBackoff(), 0),
    )
    pool = client.connection_pool
    pool.connection_class = type("PackingConnection", (_PacksWithHiredis, pool.connection_class), {})
    return client


class _PacksWithHiredis:
    """What redis-py's other client does by itself; packing in Python is a fifth of a commit's work."""

    def pack_command(self, *arguments: Any) -> list[bytes]:
        packed: list[bytes] = HiredisRespSerializer().pack(*arguments)
        return packed


def background_client(url: str, *, timeout: float = 30, retries: int = 8) -> Redis:
    """A client for work in the background: it rides out a restart of Redis of a few seconds.

    `timeout` is what one answer may take, in seconds.
    """
    return Redis.from_url(
        url,
        protocol=2,
        socket_timeout=timeout,  # RQ's blocking pop sets a longer one itself
        socket_connect_timeout=2,
        retry=Retry(
            ExponentialBackoff(cap=1, base=0.05),
            retries=retries,
            supported_errors=(RedisConnectionError, RedisTimeoutError),
        ),
    )


def check_version(version: str) -> None:
    """Raise UnsupportedRedisError unless the server's `redis_version` is supported."""
    parts = version.split(".")
    if not all(part.isdigit() for part in parts[:2]) or tuple(map(int, parts[:2])) < OLDEST_SUPPORTED:
        raise UnsupportedRedisError(
            f"Redis {version} is too old: {OLDEST_SUPPORTED[0]}.{OLDEST_SUPPORTED[1]} or newer is needed"
        )
