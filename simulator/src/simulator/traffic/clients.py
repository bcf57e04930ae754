"""The clients that send at once: each takes the next row when it has an answer to the last."""

import asyncio
from collections.abc import Callable
from typing import Any

from simulator.traffic.schedule import Schedule
from simulator.traffic.sender import Sender

GRACE = 5.0
"""Seconds that rows in flight have to be answered once a replay is to stop."""


async def send_all(
    schedule: Schedule,
    sender: Sender,
    clients: int,
    on_row: Callable[[], object],
    stopping: asyncio.Task[Any],
) -> None:
    """Send what the schedule hands out, by so many clients, to its end or GRACE after `stopping`."""

    async def client() -> None:
        while turn := await schedule.next():
            await sender.send(*turn)
            on_row()

    tasks = [asyncio.create_task(client()) for _ in range(clients)]
    everyone: asyncio.Future[Any] = asyncio.gather(*tasks)
    try:
        await asyncio.wait({everyone, stopping}, return_when=asyncio.FIRST_COMPLETED)
        await asyncio.wait({everyone}, timeout=GRACE)
        if everyone.done():
            everyone.result()
    finally:
        everyone.cancel()
        await asyncio.gather(*tasks, everyone, return_exceptions=True)
