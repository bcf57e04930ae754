"""Sentinels are asked one after another, by whoever makes a connection at the time."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from redis.exceptions import ConnectionError as RedisConnectionError

from contract.redis.address import parse_sentinel
from contract.redis.sentinel import async_master_client

MASTER = ("10.0.0.1", 6379)
STATE = {
    "is_master": True,
    "is_sdown": False,
    "is_odown": False,
    "num-other-sentinels": 2,
    "ip": MASTER[0],
    "port": MASTER[1],
}


def test_a_sentinel_that_is_away_is_asked_again_later() -> None:
    """Also after two connections were made at once, which both passed it over."""
    away = {"a"}

    def answer_of(host: str) -> Callable[[], Awaitable[dict[str, Any]]]:
        async def masters() -> dict[str, Any]:
            await asyncio.sleep(0.001)
            if host in away:
                raise RedisConnectionError("refused")
            return {"main": STATE}

        return masters

    async def ask() -> None:
        address = parse_sentinel("redis+sentinel://a:1,b:2,c:3/main/0")
        assert address is not None
        client = async_master_client(address, {})
        sentinels: Any = client.connection_pool.sentinel_manager  # type: ignore[attr-defined]
        for each, host in zip(sentinels.sentinels, "abc", strict=True):
            each.sentinel_masters = answer_of(host)
        assert await asyncio.gather(*(sentinels.discover_master("main") for _ in range(3))) == [MASTER] * 3
        for host in "abc":
            away.clear()
            away.update({"a", "b", "c"} - {host})
            assert await sentinels.discover_master("main") == MASTER

    asyncio.run(ask())
