"""The stream in Redis, as one process writes it, and what a failed call says about Redis."""

from collections.abc import Sequence
from typing import Final
from uuid import uuid4

from redis.asyncio.sentinel import MasterNotFoundError
from redis.exceptions import (
    AuthenticationError,
    AuthorizationError,
    BusyLoadingError,
    NoPermissionError,
    OutOfMemoryError,
    ReadOnlyError,
    RedisError,
)
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

from contract.keys import PARTITIONS, Partition
from contract.redis.address import name_of
from contract.redis.connection import request_client
from contract.redis.server import UnsupportedRedisError
from contract.stream.append import AppendReply, Batch, StreamWriter
from contract.stream.idempotency import Once, Remembered
from contract.windows import Period

CALL_TIMEOUT: Final = 1.0
"""Seconds that one call may take where no request waits for it."""

FAILURES: Final = (RedisError, OSError)
"""Every way in which a call of Redis fails."""

_EXPLANATIONS: Final = (
    (
        AuthenticationError,
        "refuses the password; check REDIS_PASSWORD, or the one in REDIS_URL, percent-encoded",
    ),
    (AuthorizationError, "doesn't let this user connect; check the one in REDIS_URL"),
    (NoPermissionError, "doesn't let this user do what is needed; check its ACL"),
    (BusyLoadingError, "is loading its data"),
    (OutOfMemoryError, "is out of memory and takes no records; raise its maxmemory"),
    (ReadOnlyError, "is a read-only replica; set REDIS_URL to the primary"),
    (RedisTimeoutError, "doesn't answer in time"),
    (RedisConnectionError, "can't be reached; is it running there?"),
    (OSError, "can't be reached; is it running there?"),
)
"""The first kind that matches says it: some of these errors are kinds of others."""


class RedisStream:
    """A partition's stream, under a writer's name that no other process has.

    Its calls raise one of FAILURES.
    """

    def __init__(
        self,
        url: str,
        partition: Partition,
        window_rows: int,
        timeout: float,
        remember_seconds: float,
        *,
        window_period: Period | None = None,
    ) -> None:
        """`timeout` is what one call may take; Idempotency-Keys are remembered for `remember_seconds`.

        Raises ValueError where `window_period` is none of the calendar's.
        """
        self._url = url
        self._window_rows = window_rows
        self._window_period = window_period
        self._remember = remember_seconds
        self._redis = request_client(url, max(timeout, CALL_TIMEOUT))
        self.partition = partition
        self.writer = uuid4().hex
        self._own = self._writer(partition, self.writer)

    async def remembered(self, each: Sequence[Once]) -> list[Remembered | None]:
        """What was answered when each of these was first taken; None where nothing is remembered."""
        async with self._redis.pipeline(transaction=False) as calls:
            for once in each:
                calls.get(self.partition.idempotency(once.key))
            values = await calls.execute()
        return [None if value is None else Remembered.parse(value) for value in values]

    async def check(self) -> None:
        """Make sure that Redis answers; whether it can be used is asked when the connection is made."""
        await self._redis.ping()

    async def register(self, partition: Partition) -> None:
        """Make the partition known to those who look after all of them."""
        await self._redis.sadd(PARTITIONS, str(partition))

    async def append(self, batch: Batch) -> AppendReply:
        """Append a batch, but for those of its records that were taken before."""
        return await self._own.append(self._redis, batch)

    async def append_for(self, partition: Partition, writer: str, batch: Batch) -> AppendReply:
        """Append a batch of another writer, whose process has ended."""
        return await self._writer(partition, writer).append(self._redis, batch)

    def explain(self, error: Exception) -> str:
        """Say in a sentence what a failed call tells about Redis."""
        return explain(error, self._url)

    async def close(self) -> None:
        """Close the connections."""
        await self._redis.aclose()

    def _writer(self, partition: Partition, writer: str) -> StreamWriter:
        return StreamWriter(
            partition, self._window_rows, writer, self._remember, window_period=self._window_period
        )


def explain(error: Exception, redis_url: str) -> str:
    """Say in a sentence what a failed call tells about Redis; user and password are left out of the URL."""
    if isinstance(error, UnsupportedRedisError):
        return str(error)
    if isinstance(error, MasterNotFoundError):
        return f"Redis can't be found: {error}"
    name = name_of(redis_url)
    if "CERTIFICATE_VERIFY_FAILED" in str(error):
        return f"{name} has a certificate that is not trusted; check ssl_ca_certs in REDIS_URL"
    for kind, what in _EXPLANATIONS:
        if isinstance(error, kind):
            told = f" ({str(error)[:200]})" if isinstance(error, NoPermissionError) else ""
            return f"{name} {what}{told}"
    return f"{name}: {str(error)[:200]}"
