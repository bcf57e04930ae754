"""Clients of a master that Sentinels know: each new connection asks them where it is now."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, Final, cast

from redis import Redis
from redis.asyncio import Redis as AsyncRedis
from redis.asyncio.retry import Retry as AsyncRetry
from redis.asyncio.sentinel import MasterNotFoundError as AsyncMasterNotFoundError
from redis.asyncio.sentinel import Sentinel as AsyncSentinel
from redis.asyncio.sentinel import SentinelConnectionPool as AsyncSentinelConnectionPool
from redis.backoff import NoBackoff
from redis.exceptions import AuthenticationError, NoPermissionError, RedisError, ResponseError
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError
from redis.retry import Retry
from redis.sentinel import MasterNotFoundError, Sentinel

from contract.redis.address import SentinelAddress, hosts_of
from contract.redis.mended import mend
from contract.redis.server import UnsupportedRedisError
from contract.redis.task import end_task

SENTINEL_TIMEOUT: Final = 0.5
"""Seconds that one Sentinel has for its answer, before the next one is asked."""

FOLLOW_EVERY: Final = 1.0
"""Seconds between two questions for the master, while there are connections to one."""

_SILENT: Final = (RedisConnectionError, RedisTimeoutError)
"""What a Sentinel raises that does not answer; the next one may."""

_Masters = dict[str, dict[str, Any]]

_AT_ONCE: Final = {"supported_errors": (RedisConnectionError,)}
"""A connection that has gone stale is made anew once; a Sentinel that is silent isn't asked twice."""


def master_client(address: SentinelAddress, options: Mapping[str, Any]) -> Redis:
    """A client of the master, whichever that is now; `options` are those of its connections."""
    sentinels = _Sentinels(  # type: ignore[no-untyped-call]
        address.hosts, sentinel_kwargs=_sentinel_options(address, Retry(NoBackoff(), 1, **_AT_ONCE))
    )
    client: Redis = sentinels.master_for(  # type: ignore[no-untyped-call]
        address.master, **address.master_options, **options
    )
    return client


def async_master_client(address: SentinelAddress, options: Mapping[str, Any]) -> AsyncRedis:
    """The same for an event loop."""
    sentinels = _AsyncSentinels(  # type: ignore[no-untyped-call]
        address.hosts, sentinel_kwargs=_sentinel_options(address, AsyncRetry(NoBackoff(), 1, **_AT_ONCE))
    )
    for each in sentinels.sentinels:
        mend(each.connection_pool)
    client: AsyncRedis = sentinels.master_for(
        address.master, connection_pool_class=_AsyncPool, **address.master_options, **options
    )
    return client


def _sentinel_options(address: SentinelAddress, retry: object) -> dict[str, Any]:
    return {
        "protocol": 2,
        "socket_timeout": SENTINEL_TIMEOUT,
        "socket_connect_timeout": SENTINEL_TIMEOUT,
        "retry": retry,
        **address.sentinel_options,
    }


def _put_first(sentinels: list[Any], sentinel: object) -> None:
    """Let one be asked first; others may have been moved while it was asked, so its place is not known."""
    sentinels.remove(sentinel)
    sentinels.insert(0, sentinel)


class _Sentinels(Sentinel):
    """Sentinels that say in a sentence why they know no master; their own library drops the reason."""

    def discover_master(self, service_name: str) -> tuple[str, int]:
        """Ask one after another; the one that knows it is asked first from then on."""
        failures: list[Exception] = []
        for sentinel in tuple(self.sentinels):
            try:
                masters = cast("_Masters", sentinel.sentinel_masters())
            except _SILENT as error:
                failures.append(error)
                continue
            except ResponseError as error:
                raise _refusal(error, _asked(self)) from error
            state = masters.get(service_name)
            if state and self.check_master_state(state, service_name):  # type: ignore[no-untyped-call]
                _put_first(self.sentinels, sentinel)
                return str(state["ip"]), int(state["port"])
        raise MasterNotFoundError(_unknown(service_name, _asked(self), failures))


class _AsyncSentinels(AsyncSentinel):
    """The same for an event loop."""

    async def discover_master(self, service_name: str) -> tuple[str, int]:
        failures: list[Exception] = []
        for sentinel in tuple(self.sentinels):
            try:
                masters = cast("_Masters", await sentinel.sentinel_masters())
            except _SILENT as error:
                failures.append(error)
                continue
            except ResponseError as error:
                raise _refusal(error, _asked(self)) from error
            state = masters.get(service_name)
            if state and self.check_master_state(state, service_name):
                _put_first(self.sentinels, sentinel)
                return str(state["ip"]), int(state["port"])
        raise AsyncMasterNotFoundError(_unknown(service_name, _asked(self), failures))


class _AsyncPool(AsyncSentinelConnectionPool):
    """A pool that asks the Sentinels every second, in a task of its own, and leaves an old master.

    For up to ten seconds the Sentinels don't tell an old master that lives on: what it took would be lost.
    """

    _following: asyncio.Task[None] | None = None

    async def get_master_address(self) -> tuple[str, int]:
        if self._following is None:
            self._following = asyncio.create_task(self._follow(), name=f"follow {self.service_name}")
        return await self._ask()

    async def release(self, connection: Any) -> None:
        """Take a connection back; one that leads to an old master makes itself anew when it is used next."""
        if (connection.host, connection.port) != self.master_address:
            connection.mark_for_reconnect()
        await super().release(connection)

    async def _ask(self) -> tuple[str, int]:
        """Where the master is; the connections to another that are not in use are closed."""
        host, port = await super().get_master_address()  # type: ignore[no-untyped-call]
        return host, port

    async def _follow(self) -> None:
        while True:
            await asyncio.sleep(FOLLOW_EVERY)
            with suppress(RedisError, OSError):  # whoever needs a connection hears of it
                await self._ask()

    async def aclose(self) -> None:
        if self._following is not None:
            await end_task(self._following)
        await super().aclose()
        await self.sentinel_manager.aclose()


def _asked(sentinels: Any) -> str:
    options = [each.connection_pool.connection_kwargs for each in sentinels.sentinels]
    return hosts_of([(each["host"], each["port"]) for each in options])


def _unknown(master: str, asked: str, failures: Sequence[Exception]) -> str:
    """Say why there is no master; `failures` are those of the Sentinels that did not answer."""
    if any(isinstance(error, AuthenticationError) for error in failures):
        return f"a Sentinel of {asked} refuses the password; theirs is sentinel_password in REDIS_URL"
    if any("CERTIFICATE_VERIFY_FAILED" in str(error) for error in failures):
        return f"a Sentinel of {asked} has a certificate that is not trusted; check ssl_ca_certs in REDIS_URL"
    if len(failures) == asked.count(",") + 1:
        return f"none of the Sentinels at {asked} answers; do they run there, and with the same TLS?"
    return f"none of the Sentinels at {asked} knows a master {master!r} that is up"


def _refusal(error: ResponseError, asked: str) -> Exception:
    if isinstance(error, NoPermissionError) or "unknown command" not in str(error).lower():
        return error
    return UnsupportedRedisError(
        f"one of {asked} is no Sentinel: for a single Redis set REDIS_URL to redis://HOST:PORT/DATABASE"
    )
