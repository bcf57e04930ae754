"""What every long-running process does: wait for Redis, show its metrics, and end when asked to."""

import logging
import signal
import threading
from types import FrameType
from typing import Final

from prometheus_client import start_http_server
from redis import Redis
from redis.exceptions import RedisError

from contract.redis.server import UnsupportedRedisError
from contract.settings import address_error
from drift_worker.settings import Settings
from telemetry.providers import Telemetry

RETRY_SECONDS: Final = 2.0

log = logging.getLogger(__name__)


def wait_for_redis(redis: Redis, stopping: threading.Event, *, at_start: bool = False) -> bool:
    """Wait until the server answers and can be used; False where `stopping` came first.

    Raises UnsupportedRedisError `at_start`, where somebody is there to mend REDIS_URL.
    """
    while not stopping.is_set():
        try:
            redis.ping()
        except RedisError as error:
            if at_start and isinstance(error, UnsupportedRedisError):
                raise
            log.warning("Redis can't be used yet (%s); trying again", error)
            stopping.wait(RETRY_SECONDS)
        else:
            return True
    return False


def stop_on_signals(stopping: threading.Event) -> threading.Event:
    """Have SIGTERM and SIGINT set the event, which is given back."""

    def stop(_number: int, _frame: FrameType | None) -> None:
        stopping.set()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    return stopping


def serve_metrics(telemetry: Telemetry, settings: Settings) -> None:
    """Serve /metrics on METRICS_PORT where one is set and metrics are not sent elsewhere.

    Raises BadSettingError where the address is taken or not this machine's.
    """
    if telemetry.registry is None or not settings.metrics_port:
        return
    try:
        start_http_server(settings.metrics_port, settings.metrics_host, telemetry.registry)
    except (OSError, UnicodeError) as error:
        raise address_error(settings.metrics_host, settings.metrics_port, "METRICS", error) from error
