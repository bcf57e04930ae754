"""Waiting for a Redis that can be used."""

import logging
import threading

from contract.errors import UnsupportedRedisError
from contract.redis import check_version
from redis import Redis
from redis.exceptions import RedisError

RETRY_SECONDS = 2.0

log = logging.getLogger(__name__)


def check_redis(redis: Redis) -> None:
    """Raise RedisError where the server does not answer, UnsupportedRedisError where it is too old."""
    check_version(str(redis.info("server")["redis_version"]))


def wait_for_redis(redis: Redis, stopping: threading.Event) -> bool:
    """Wait until the server answers and is new enough; False where `stopping` came first."""
    while not stopping.is_set():
        try:
            check_redis(redis)
        except (RedisError, UnsupportedRedisError) as error:
            log.warning("Redis can't be used yet (%s); trying again", error)
            stopping.wait(RETRY_SECONDS)
        else:
            return True
    return False
