"""Ending a task that waits for Redis."""

import asyncio
from typing import Final

AGAIN: Final = 0.5
"""Seconds after which a task is cancelled once more."""


async def end_task(task: asyncio.Task[None]) -> None:
    """Cancel a task until it has ended; the outcome is left to it.

    redis-py may take a cancellation for a timeout of its own, after which the task would go on.
    """
    while not task.done():
        task.cancel()
        await asyncio.wait([task], timeout=AGAIN)
