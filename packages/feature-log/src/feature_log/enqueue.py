"""The queue of evaluations, which gets each closed window without keeping a request waiting."""

import logging
from queue import Full, Queue
from threading import Thread
from typing import Final

from redis.exceptions import RedisError

from contract.redis.connection import background_client
from contract.redis.queue import enqueue, window_queue

MAX_PENDING: Final = 100
"""Windows that wait for the queue at most; further ones are left to the sweep, which finds every window."""

CLOSE_TIMEOUT: Final = 1.0
"""Seconds that the last windows have when the service ends."""

_logger = logging.getLogger(__name__)


class WindowEnqueuer:
    """Hands closed windows to the queue, in a thread of its own."""

    def __init__(self, redis_url: str) -> None:
        self._redis = background_client(redis_url)
        self._windows: Queue[str | None] = Queue(MAX_PENDING)
        # A daemon: a Redis that has gone away must not hold up the end of the process.
        self._thread = Thread(target=self._run, name="enqueue", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def submit(self, window_id: str) -> None:
        """Enqueue the window's evaluation soon; returns at once."""
        try:
            self._windows.put_nowait(window_id)
        except Full:
            _logger.warning("window %s is left to the sweep: the queue can't be reached", window_id)

    def close(self) -> None:
        """Enqueue what is left within a second, and block meanwhile; the rest is left to the sweep."""
        try:
            self._windows.put_nowait(None)
            if self._thread.is_alive():
                self._thread.join(CLOSE_TIMEOUT)
        except Full:
            _logger.warning("%d windows are left to the sweep", MAX_PENDING)
        self._redis.close()

    def _run(self) -> None:
        queue = window_queue(self._redis)
        while (window_id := self._windows.get()) is not None:
            try:
                enqueue(queue, window_id)
            except RedisError as error:
                _logger.warning("window %s is left to the sweep: %s", window_id, type(error).__name__)
