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

AWAY: Final = "Redis can't be read now"


class DecisionReader:
    """Reads what was decided last of each model version that is served."""

    def __init__(self, redis_url: str) -> None:
        self._redis = request_client(redis_url, TIMEOUT)
        self._reading = dict[Partition, asyncio.Task[LatestDecisions]]()

    async def read(self, partition: Partition) -> LatestDecisions | str:
        """The last decisions, or a sentence that says why they aren't known.

        What takes longer goes on, so that the next page has the connection that this one waited for.
        """
        reading = self._reading.get(partition)
        if reading is None:
            reading = asyncio.create_task(read_latest_decisions(self._redis, partition))
            self._reading[partition] = reading
            reading.add_done_callback(lambda ended: self._forget(partition, ended))
        done, _ = await asyncio.wait({reading}, timeout=TIMEOUT)
        try:
            return reading.result() if done else AWAY
        except NoPermissionError:
            return "Redis doesn't let predict read decisions; its ACL needs what redis/users.example.acl has"
        except FAILURES:
            return AWAY

    async def close(self) -> None:
        """End what is being read, and close the connections."""
        for reading in self._reading.values():
            reading.cancel()
        await asyncio.gather(*self._reading.values(), return_exceptions=True)
        await self._redis.aclose()

    def _forget(self, partition: Partition, ended: asyncio.Task[LatestDecisions]) -> None:
        """Take note of an end that nobody may wait for any more."""
        del self._reading[partition]
        if not ended.cancelled():
            ended.exception()
