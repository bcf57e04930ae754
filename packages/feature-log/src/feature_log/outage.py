"""Whether Redis is there, and if it isn't, what is wrong in words that say what to do."""

import logging
from time import monotonic
from typing import Final
from urllib.parse import urlsplit

from contract.errors import UnsupportedRedisError
from redis.exceptions import (
    AuthenticationError,
    AuthorizationError,
    BusyLoadingError,
    NoPermissionError,
    OutOfMemoryError,
    ReadOnlyError,
    RedisError,
)
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

FAILURES: Final = (RedisError, OSError, UnsupportedRedisError)
"""Every way in which a call of Redis fails."""

_SAID: Final = (
    (AuthenticationError, "refuses the password; check the one in REDIS_URL"),
    (AuthorizationError, "doesn't let this user connect; check the one in REDIS_URL"),
    (NoPermissionError, "doesn't let this user do what is needed; check its ACL"),
    (BusyLoadingError, "is loading its data"),
    (OutOfMemoryError, "is out of memory and takes no records; raise its maxmemory"),
    (ReadOnlyError, "is a read-only replica; set REDIS_URL to the primary"),
    (RedisTimeoutError, "doesn't answer in time"),
    (RedisConnectionError, "can't be reached; is it running there?"),
    (OSError, "can't be reached; is it running there?"),
)
"""The first match says it: some of these errors are kinds of others."""

_logger = logging.getLogger(__name__)


def explain(error: Exception, redis_url: str) -> str:
    """One sentence about a failed call of Redis; the URL is told without user and password."""
    if "CERTIFICATE_VERIFY_FAILED" in str(error):
        what = "has a certificate that is not trusted; check ssl_ca_certs in REDIS_URL"
        return f"Redis at {_address(redis_url)} {what}"
    for kind, what in _SAID:
        if isinstance(error, kind):
            return f"Redis at {_address(redis_url)} {what}"
    return f"Redis at {_address(redis_url)}: {str(error)[:200]}"


def _address(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.hostname}:{parts.port or 6379}" if parts.hostname else parts.path


class Availability:
    """What the last calls of Redis say, and since when."""

    def __init__(self) -> None:
        self._why: str | None = None
        self._since = monotonic()

    @property
    def outage(self) -> str | None:
        """What is wrong; None where all is well."""
        return self._why

    def failed(self, why: str) -> None:
        """Note that Redis can't be used."""
        if self._why is None:
            self._since = monotonic()
        if self._why != why:
            _logger.warning("records go to the spool: %s", why)
        self._why = why

    def succeeded(self) -> None:
        """Note that all is well again."""
        if self._why is not None:
            _logger.info("Redis is back after %.1f s", monotonic() - self._since)
        self._why = None
