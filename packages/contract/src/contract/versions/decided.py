"""What was decided last of a model version: by its windows, and by its labels."""

import json
from dataclasses import dataclass
from typing import Any, Final, cast

from redis.asyncio import Redis as AsyncRedis

from contract.keys import Partition
from contract.windows import milliseconds

AT_ONCE: Final = 50
"""Decisions of one reading: nearly always both kinds are among them."""

LOOKED_AT: Final = 1_000
"""Decisions that are looked at, at most: many windows may come between labels."""


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision, as others are told of it."""

    id: str
    """Of the window or the quality evaluation."""

    time_ms: int
    """When it was decided, in milliseconds since the epoch by the clock of Redis."""

    decision: str
    """Or the status of a window that has none."""

    reason: str


@dataclass(frozen=True, slots=True)
class LatestDecisions:
    """The newest of each kind; None where there is none among those that were looked at."""

    drift: Decided | None = None
    quality: Decided | None = None
    ended: bool = True
    """Whether these were all that there are."""


async def read_latest_decisions(redis: AsyncRedis, partition: Partition) -> LatestDecisions:
    """Read them; raises redis.exceptions.RedisError."""
    drift = quality = None
    before, looked_at, ended = "+", 0, False
    while not ended and looked_at < LOOKED_AT and (drift is None or quality is None):
        reply = await redis.xrevrange(partition.decisions, max=before, count=AT_ONCE)
        entries = cast("list[tuple[bytes, dict[bytes, bytes]]]", reply)
        drift = drift or _first(entries, b"window_id")
        quality = quality or _first(entries, b"quality_id")
        ended, looked_at = len(entries) < AT_ONCE, looked_at + len(entries)
        before = f"({entries[-1][0].decode()}" if entries else before
    return LatestDecisions(drift, quality, ended)


def _first(entries: list[tuple[bytes, dict[bytes, bytes]]], name: bytes) -> Decided | None:
    for entry_id, fields in entries:
        if name in fields:
            event: dict[str, Any] = json.loads(fields[b"evaluation"])
            return Decided(
                id=fields[name].decode(),
                time_ms=milliseconds(entry_id.decode()),
                decision=event.get("decision") or event.get("status", ""),
                reason=event["reasons"][0],
            )
    return None
