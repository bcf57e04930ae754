"""The mark in Redis that this process serves a model version, from which the sweep knows what is served."""

import asyncio
import logging
import time

from redis.exceptions import NoPermissionError

from contract.keys import Partition
from contract.redis.connection import request_client
from contract.redis.task import end_task
from contract.versions.served import MARK_EVERY, has_answered, mark_served
from feature_log.stream import FAILURES

TIMEOUT = 1.0
"""Seconds that Redis has to take a mark."""

AGAIN = 1.0
"""Seconds after which a mark is tried again that Redis did not take."""

_logger = logging.getLogger(__name__)


class ServedMark:
    """Marks a version as served every ten seconds, in a task of its own; no request waits for it.

    A mark that failed is tried again after a second: the feature log says what is wrong. When the service
    ends, the mark stays until it is stale, since another process may serve the version.
    """

    def __init__(
        self, redis_url: str, partition: Partition, every: float = MARK_EVERY, *, answers: bool = True
    ) -> None:
        """`every` are the seconds from one mark to the next; a shadow answers nobody."""
        self._redis = request_client(redis_url, TIMEOUT)
        self._partition = partition
        self._every = every
        self._answers = answers
        self._refused = False
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to mark; the version counts as served from now on."""
        self._task = asyncio.create_task(self._run(time.monotonic()), name=f"mark {self._partition}")

    async def close(self) -> None:
        """End, and close the connection."""
        if self._task is not None:
            await end_task(self._task)
        await self._redis.aclose()

    async def has_answered(self, version: str) -> bool:
        """Whether any process has answered by that version of the model; False where Redis can't tell."""
        try:
            return await has_answered(self._redis, Partition(self._partition.model, version))
        except FAILURES:
            return False

    async def _run(self, began: float) -> None:
        while True:
            pause = self._every
            try:
                await mark_served(
                    self._redis, self._partition, time.monotonic() - began, answers=self._answers
                )
            except NoPermissionError as error:
                self._say_refused(error)
            except FAILURES as error:
                _logger.debug("%s was not marked as served: %s", self._partition, error)
                pause = min(AGAIN, pause)
            await asyncio.sleep(pause)

    def _say_refused(self, error: NoPermissionError) -> None:
        if not self._refused:
            self._refused = True
            _logger.warning(
                "Redis doesn't let predict say that it serves %s: %s; its ACL needs the keys of "
                "redis/users.example.acl, or the version counts as retired once it logs nothing for "
                "RETIRE_AFTER",
                self._partition,
                error,
            )
