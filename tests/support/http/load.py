"""Many requests at once, and what became of them."""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import httpx
from redis import Redis

from contract.keys import Partition


@dataclass(frozen=True)
class Outcomes:
    """The answers to requests that were sent at once."""

    answers: Sequence[httpx.Response]

    @property
    def statuses(self) -> Counter[int]:
        """How many answers had each status."""
        return Counter(answer.status_code for answer in self.answers)

    @property
    def predicted(self) -> list[str]:
        """The prediction ids of the answers that were 200."""
        return [answer.json()["prediction_id"] for answer in self.answers if answer.status_code == 200]

    def percentile(self, share: float) -> float:
        """The seconds within which that share of the requests was answered."""
        ordered = sorted(answer.elapsed.total_seconds() for answer in self.answers)
        return ordered[min(int(share * len(ordered)), len(ordered) - 1)]

    @property
    def slowest(self) -> float:
        """Seconds of the answer that took longest."""
        return max(answer.elapsed.total_seconds() for answer in self.answers)


def send(url: str, request: Mapping[str, Any], count: int, at_once: int = 16) -> Outcomes:
    """Send one request `count` times, over as many connections as are at once under way."""

    async def send_all() -> list[httpx.Response]:
        limits = httpx.Limits(max_connections=at_once, max_keepalive_connections=at_once)
        async with httpx.AsyncClient(base_url=url, limits=limits, timeout=30) as client:
            return await asyncio.gather(*(client.post("/predict", json=request) for _ in range(count)))

    return Outcomes(asyncio.run(send_all()))


@dataclass(frozen=True)
class Logged:
    """What is in a partition's stream."""

    redis: Redis
    partition: Partition

    @property
    def url(self) -> str:
        """Where the stream is."""
        address = self.redis.get_connection_kwargs()
        return f"redis://{address['host']}:{address['port']}/{address['db']}"

    @property
    def entries(self) -> list[dict[bytes, bytes]]:
        """The fields of every entry, in order."""
        found = cast("list[tuple[bytes, dict[bytes, bytes]]]", self.redis.xrange(self.partition.stream))
        return [fields for _, fields in found]

    @property
    def ids(self) -> list[str]:
        """The prediction id of every entry, in order."""
        return [fields[b"prediction_id"].decode() for fields in self.entries]

    @property
    def traceparents(self) -> list[str]:
        """The traceparent of every entry, in order."""
        return [fields[b"traceparent"].decode() for fields in self.entries]
