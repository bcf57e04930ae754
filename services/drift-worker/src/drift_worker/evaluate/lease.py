"""A lease: one worker at a time evaluates a window, and a dead one gives it up by itself."""

import logging
import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from redis import Redis
from redis.exceptions import LockError, RedisError
from redis.lock import Lock

from contract.keys import heartbeat_key
from contract.windows import Window

RENEWALS: Final = 4
"""Renewals per lifetime of a lease, so that three in a row may fail before it is lost."""

log = logging.getLogger(__name__)


def is_leased(redis: Redis, window: Window) -> bool:
    """Whether a worker has the window."""
    return bool(redis.exists(window.partition.lease(window.id)))


def worker_name() -> str:
    """The name of this host's workers, under which their heartbeat stands in Redis."""
    return socket.gethostname()


def note_heartbeat(file: Path | None, ttl: float) -> None:
    """Set the file's time to when the heartbeat that Redis just took runs out, in `ttl` seconds.

    A health check compares it with the clock, which costs a hundredth of asking Redis.
    """
    if file is None:
        return
    ends = time.time() + ttl
    try:
        file.touch()
        os.utime(file, (ends, ends))
    except OSError as error:
        log.warning("HEARTBEAT_FILE=%s can't be written: %s", file, error.strerror)


class LeaseKeeper:
    """Renews this worker's heartbeat, and the lease on the window that it is evaluating, by one thread."""

    def __init__(self, redis: Redis, worker: str, ttl: float, beat_file: Path | None = None) -> None:
        """`ttl` is the lifetime of lease and heartbeat in seconds; `beat_file` is HEARTBEAT_FILE."""
        self._beat_file = beat_file
        self._redis = redis
        self._worker = worker
        self._ttl = ttl
        self._lock: Lock | None = None
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._keep, name="lease-keeper", daemon=True)

    @contextmanager
    def beating(self) -> Iterator[None]:
        """Beat for as long as the context is open."""
        self._thread.start()
        try:
            yield
        finally:
            self._stopped.set()
            self._thread.join()
            with suppress(RedisError):
                self._redis.delete(heartbeat_key(self._worker))
            note_heartbeat(self._beat_file, 0)

    @contextmanager
    def lease(self, key: str) -> Iterator[bool]:
        """Hold the lease of that key while the context is open; gives False where another worker holds it."""
        lock = self._redis.lock(key, timeout=self._ttl, blocking=False, thread_local=False)
        if not lock.acquire():
            yield False
            return
        self._lock = lock
        try:
            yield True
        finally:
            self._lock = None
            try:
                lock.release()
            except LockError:
                log.warning("the lease %s had run out before its evaluation ended", key)
            except RedisError as error:
                log.warning("the lease %s is left to run out: %s", key, error)

    def _keep(self) -> None:
        while True:
            try:
                self._redis.set(heartbeat_key(self._worker), "", px=round(self._ttl * 1000))
                note_heartbeat(self._beat_file, self._ttl)
                if (lock := self._lock) is not None:
                    lock.reacquire()
            except LockError:
                log.warning("a lease was lost; the commit decides whose evaluation counts")
            except RedisError as error:
                log.warning("heartbeat failed: %s", error)
            if self._stopped.wait(self._ttl / RENEWALS):
                return
