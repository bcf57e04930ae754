"""Clients of Redis, and what this project asks of the server."""

from typing import Any

from redis import Redis
from redis.asyncio import Redis as AsyncRedis
from redis.asyncio.retry import Retry as AsyncRetry
from redis.backoff import ExponentialBackoff, NoBackoff
from redis.connection import HiredisRespSerializer
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError
from redis.retry import Retry

from contract.errors import UnsupportedRedisError

OLDEST_SUPPORTED = (7, 0)
"""Streams count their entries from Redis 7.0 on."""


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
