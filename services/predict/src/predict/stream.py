"""The stream in Redis, as one process writes it."""

from collections.abc import Sequence
from uuid import uuid4

from contract.append import AppendReply, StreamWriter
from contract.connection import check_version, request_client
from contract.keys import PARTITIONS, Partition
from contract.record import Record

from predict.outage import explain


class RedisStream:
    """A partition's stream, under a writer's name that no other process has."""

    def __init__(self, url: str, partition: Partition, window_rows: int, timeout: float) -> None:
        """`timeout` is what one call may take, in seconds."""
        self._url = url
        self._partition = partition
        self._redis = request_client(url, timeout)
        self._writer = StreamWriter(partition, window_rows, uuid4().hex)

    async def check(self) -> None:
        """Make sure that Redis is new enough, and that those who look after partitions know this one.

        Raises one of outage.FAILURES, as `append` does.
        """
        server = await self._redis.info("server")
        check_version(str(server.get("redis_version", "of an unknown version")))
        await self._redis.sadd(PARTITIONS, str(self._partition))

    async def append(self, number: int, records: Sequence[Record]) -> AppendReply:
        """Append a batch, unless one of that number was taken before."""
        return await self._writer.append(self._redis, number, records)

    def explain(self, error: Exception) -> str:
        """What a failed call says about Redis."""
        return explain(error, self._url)

    async def close(self) -> None:
        """Close the connections."""
        await self._redis.aclose()
