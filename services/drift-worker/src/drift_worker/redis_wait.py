"""Waiting for a Redis that can be used."""

import logging
import threading

from contract.connection import check_version
from redis import Redis
from redis.exceptions import RedisError

RETRY_SECONDS = 2.0

log = logging.getLogger(__name__)


def wait_for_redis(redis: Redis, stopping: threading.Event) -> bool:
    """Wait until the server answers; False where `stopping` came first. Raises UnsupportedRedisError."""
    while not stopping.is_set():
        try:
            info = redis.info("server")
        except RedisError as error:
            log.warning("Redis can't be used yet (%s); trying again", error)
            stopping.wait(RETRY_SECONDS)
        else:
            check_version(str(info["redis_version"]))
            return True
    return False
