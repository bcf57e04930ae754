"""An old master that lives on is left, also by a connection that was in use when the master changed."""

import asyncio
from collections.abc import Awaitable
from typing import Any, cast

from redis.asyncio import Redis

from contract.redis.connection import request_client
from demo.machine.ports import HOST
from tests.support.processes.sentinels import Sentinels, client_of
from tests.support.waiting import wait_for

HELD = 4
"""Seconds for which a command keeps its connection in use."""


def test_a_connection_in_use_leaves_the_old_master_with_its_command(watched: Sentinels) -> None:
    """The next command goes to the new one; under load some connection is always in use."""
    watched.wait_until_whole()
    old, new = watched.master(), watched.replica()
    with client_of(old) as redis:  # the Sentinels can't tell it
        redis.acl_setuser("default", enabled=True, commands=["-replicaof", "-slaveof"])
    try:
        assert asyncio.run(ports(watched)) == [old.port, new.port]
    finally:
        with client_of(old) as redis:
            redis.acl_setuser("default", enabled=True, commands=["+@all"])


async def ports(watched: Sentinels) -> list[int]:
    """Where a connection leads before the master changes, and where after that, when its command is over."""
    redis = request_client(watched.url, timeout=60)
    try:
        found = [(await redis.info("server"))["tcp_port"]]
        held = asyncio.create_task(hold(redis))
        await asyncio.to_thread(watched.switch)
        pool: Any = redis.connection_pool
        await asyncio.to_thread(
            wait_for,
            "the new master to be known",
            lambda: pool.master_address not in (None, (HOST, found[0])),
        )
        assert not held.done()
        await held
        return [*found, (await redis.info("server"))["tcp_port"]]
    finally:
        await redis.aclose()


async def hold(redis: Redis) -> None:
    """Keep a connection in use."""
    assert await cast("Awaitable[object]", redis.blpop(["driftline:nothing"], HELD)) is None
