"""The queue of labels, which hears of new ones without keeping a request waiting."""

import logging
from threading import Event, Thread
from typing import Final

from redis.exceptions import RedisError

from contract.redis.connection import background_client
from contract.redis.queue import enqueue_labels, label_queue

PAUSE: Final = 1.0
"""Seconds between two jobs at least: what comes meanwhile is joined by the next one."""

_logger = logging.getLogger(__name__)


class LabelEnqueuer:
    """Queues the joining of a model's labels, in a thread of its own; the sweep finds what is not queued."""

    def __init__(self, redis_url: str, model: str) -> None:
        self._redis = background_client(redis_url)
        self._model = model
        self._wanted, self._closing = Event(), Event()
        # A daemon: a Redis that has gone away must not hold up the end of the process.
        self._thread = Thread(target=self._run, name="enqueue labels", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def submit(self) -> None:
        """Queue a job soon; returns at once."""
        self._wanted.set()

    def close(self) -> None:
        """End the thread; what is not queued is left to the sweep."""
        self._closing.set()
        self._wanted.set()

    def _run(self) -> None:
        queue = label_queue(self._redis)
        while self._wanted.wait() and not self._closing.is_set():
            self._wanted.clear()
            try:
                enqueue_labels(queue, self._model)
            except RedisError as error:
                _logger.warning("labels are left to the sweep: %s", type(error).__name__)
            self._closing.wait(PAUSE)
        self._redis.close()
