"""Clients of Redis, by the address that REDIS_URL has."""

from typing import Any, Final

from redis import Redis
from redis.asyncio import Redis as AsyncRedis
from redis.asyncio.retry import Retry as AsyncRetry
from redis.backoff import ExponentialBackoff, NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import ReadOnlyError, RedisError
from redis.exceptions import TimeoutError as RedisTimeoutError
from redis.retry import Retry

from contract.redis.address import PERCENT, check_text, parse_sentinel, plain_query
from contract.redis.mended import mend
from contract.redis.sentinel import async_master_client, master_client
from contract.redis.server import UnsupportedRedisError, greet, greet_async

_CLOSING: Final = (RedisConnectionError, RedisTimeoutError, ReadOnlyError)
"""After these a connection is closed: where a master has become a replica, its name may lead to another."""


def check_url(url: str) -> None:
    """Raise ValueError unless both clients take the whole URL; the message quotes nothing of it."""
    check_text(url)
    try:
        request_client(url, timeout=1).connection_pool.make_connection()  # type: ignore[no-untyped-call]
        background_client(url).connection_pool.make_connection()
    except (TypeError, ValueError, RedisError):  # an unknown option, or a value that it can't have
        raise ValueError(
            f"the Redis client does not take this URL; check its port and its options; {PERCENT}"
        ) from None


def refuse_unusable(url: str) -> None:
    """Raise UnsupportedRedisError where what answers can't be used; a Redis that is away may still come."""
    with background_client(url, timeout=1, retries=0) as redis:
        try:
            redis.ping()
        except UnsupportedRedisError:
            raise
        except (RedisError, OSError):
            return


def request_client(url: str, timeout: float) -> AsyncRedis:
    """A client for the way of a request: it waits `timeout` seconds at most, and never retries by itself."""
    options: dict[str, Any] = {
        "protocol": 2,
        "socket_timeout": timeout,
        "socket_connect_timeout": timeout,
        "retry": AsyncRetry(NoBackoff(), 0, supported_errors=_CLOSING),
        "redis_connect_func": greet_async,
    }
    sentinel = parse_sentinel(url)
    client = (
        AsyncRedis.from_url(plain_query(url), **options)
        if sentinel is None
        else async_master_client(sentinel, options)
    )
    mend(client.connection_pool)
    return client


def background_client(url: str, *, timeout: float = 30, retries: int = 8) -> Redis:
    """A client for work in the background: it rides out a restart of Redis of a few seconds.

    `timeout` is what one answer may take, in seconds.
    """
    options: dict[str, Any] = {
        "protocol": 2,
        "socket_timeout": timeout,  # RQ's blocking pop sets a longer one itself
        "socket_connect_timeout": min(timeout, 2),
        "retry": Retry(
            ExponentialBackoff(cap=1, base=0.05),
            retries=retries,
            supported_errors=_CLOSING,
        ),
        "redis_connect_func": greet,
    }
    sentinel = parse_sentinel(url)
    if sentinel is not None:
        return master_client(sentinel, options)
    return Redis.from_url(plain_query(url), **options)
