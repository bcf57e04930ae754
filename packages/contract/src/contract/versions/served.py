"""The mark that a version is served: whoever serves it writes it again and again."""

from collections.abc import Awaitable, Mapping
from dataclasses import dataclass
from typing import Final, cast

from redis.asyncio import Redis as AsyncRedis

from contract.keys import PARTITIONS, Partition
from contract.stream.script import Script

MARK_EVERY: Final = 10.0
"""Seconds from one mark to the next."""

STALE_AFTER: Final = 30.0
"""Seconds after which a mark no longer says that the version is served: three in a row did not come."""

_MARK: Final = Script("served.lua", package=__package__)


@dataclass(frozen=True, slots=True)
class Served:
    """A version's mark; both times are in milliseconds since the epoch, by the clock of Redis."""

    since: int
    """When the first of those began that serve, or last served, the version without a break."""

    last: int
    """When it was marked last."""

    def is_fresh(self, now_ms: int) -> bool:
        """Whether the version is served at that time."""
        return now_ms - self.last <= 1000 * STALE_AFTER


async def mark_served(
    redis: AsyncRedis, partition: Partition, served_for: float, *, answers: bool = True
) -> None:
    """Mark the version as served now, and for so many seconds by the caller, and make it known.

    A shadow is served too, but nobody gets its answers. Raises redis.exceptions.RedisError.
    """
    arguments = [round(1000 * served_for), round(1000 * STALE_AFTER), int(answers)]
    await _MARK.run_async(redis, [partition.served], arguments)
    await redis.sadd(PARTITIONS, str(partition))


async def has_answered(redis: AsyncRedis, partition: Partition) -> bool:
    """Whether any process has ever answered by the version; raises redis.exceptions.RedisError."""
    return await cast("Awaitable[str | None]", redis.hget(partition.served, "answered")) is not None


def read_mark(fields: Mapping[bytes, bytes]) -> Served | None:
    """Read the fields of a mark; None where the version was never marked."""
    if not fields:
        return None
    return Served(since=int(fields[b"since"]), last=int(fields[b"last"]))
