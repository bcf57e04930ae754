"""What was decided last of a model version: by its windows, and by its labels."""

import json
from dataclasses import dataclass
from typing import Any, Final, cast

from redis.asyncio import Redis as AsyncRedis

from contract.keys import Partition
from contract.windows import milliseconds

LOOKED_AT: Final = 50
"""Decisions that are read; labels come with fewer than that many windows between."""


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
    """The newest of each kind; None where there is none among the last LOOKED_AT."""

    drift: Decided | None = None
    quality: Decided | None = None


async def read_latest_decisions(redis: AsyncRedis, partition: Partition) -> LatestDecisions:
    """Read them; raises redis.exceptions.RedisError."""
    reply = await redis.xrevrange(partition.decisions, count=LOOKED_AT)
    entries = cast("list[tuple[bytes, dict[bytes, bytes]]]", reply)
    return LatestDecisions(_first(entries, b"window_id"), _first(entries, b"quality_id"))


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
