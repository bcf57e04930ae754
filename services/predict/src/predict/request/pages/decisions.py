"""What the root page tells of the last decisions; it waits for Redis, but not for long."""

import asyncio
from typing import Final

from redis.exceptions import NoPermissionError

from contract.keys import Partition
from contract.redis.connection import request_client
from contract.versions.decided import LatestDecisions, read_latest_decisions
from feature_log.stream import FAILURES

TIMEOUT: Final = 0.25
"""Seconds that Redis has for the decisions of all models."""


class DecisionReader:
    """Reads what was decided last of each model version that is served."""

    def __init__(self, redis_url: str) -> None:
        self._redis = request_client(redis_url, TIMEOUT)

    async def read(self, partition: Partition) -> LatestDecisions | str:
        """The last decisions, or a sentence that says why they aren't known."""
        try:
            async with asyncio.timeout(TIMEOUT):
                return await read_latest_decisions(self._redis, partition)
        except NoPermissionError:
            return "Redis doesn't let predict read decisions; its ACL needs what redis/users.example.acl has"
        except (TimeoutError, *FAILURES):
            return "Redis can't be read now"

    async def close(self) -> None:
        """Close the connections."""
        await self._redis.aclose()
