"""The stream in Redis, as one process writes it."""

from typing import Final
from uuid import uuid4

from contract.keys import PARTITIONS, Partition
from contract.redis import check_version, request_client
from contract.stream.append import AppendReply, Batch, StreamWriter

from feature_log.outage import explain

CALL_TIMEOUT: Final = 1.0
"""Seconds of one call at most where no request waits for it that long."""


class RedisStream:
    """A partition's stream, under a writer's name that no other process has."""

    def __init__(
        self, url: str, partition: Partition, window_rows: int, timeout: float, remember_seconds: float
    ) -> None:
        """`timeout` is what one call may take; Idempotency-Keys are remembered for `remember_seconds`."""
        self._url = url
        self._window_rows = window_rows
        self._remember = remember_seconds
        self._redis = request_client(url, max(timeout, CALL_TIMEOUT))
        self.partition = partition
        self.writer = uuid4().hex
        self._own = self._writer(partition, self.writer)

    async def check(self, partition: Partition | None = None) -> None:
        """Make sure that Redis is new enough, and that those who look after partitions know this one.

        Raises one of outage.FAILURES, as `append` does.
        """
        server = await self._redis.info("server")
        check_version(str(server.get("redis_version", "of an unknown version")))
        await self._redis.sadd(PARTITIONS, str(partition or self.partition))

    async def append(self, batch: Batch) -> AppendReply:
        """Append a batch, but for those of its records that were taken before."""
        return await self._own.append(self._redis, batch)

    async def append_for(self, partition: Partition, writer: str, batch: Batch) -> AppendReply:
        """The same for another writer, whose process has ended."""
        return await self._writer(partition, writer).append(self._redis, batch)

    def explain(self, error: Exception) -> str:
        """What a failed call says about Redis."""
        return explain(error, self._url)

    async def close(self) -> None:
        """Close the connections."""
        await self._redis.aclose()

    def _writer(self, partition: Partition, writer: str) -> StreamWriter:
        return StreamWriter(partition, self._window_rows, writer, self._remember)
