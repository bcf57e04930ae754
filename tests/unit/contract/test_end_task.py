"""A task that waits for Redis ends when it is told to."""

import asyncio
from contextlib import suppress

from contract.redis.task import end_task


def test_a_task_ends_though_a_cancellation_was_swallowed() -> None:
    """As redis-py does that takes it for a timeout of its own; else the service would never end."""

    async def deaf_once() -> None:
        with suppress(asyncio.CancelledError):
            await asyncio.sleep(3600)
        await asyncio.sleep(3600)

    async def end() -> bool:
        task = asyncio.create_task(deaf_once())
        await asyncio.sleep(0)
        async with asyncio.timeout(60):
            await end_task(task)
        return task.done()

    assert asyncio.run(end())
