"""The concurrent clients: each sends its next row when the last one is answered."""

import asyncio
from collections.abc import Callable
from typing import Any

from simulator.traffic.schedule import Schedule
from simulator.traffic.sender import Sender

GRACE = 5.0
"""Seconds that the rows in flight have to be answered after the replay was told to stop."""


async def send_all(
    schedule: Schedule,
    sender: Sender,
    clients: int,
    on_row: Callable[[], object],
    stopping: asyncio.Task[Any],
) -> None:
    """Send the schedule's rows by `clients` tasks, until its end or until GRACE seconds after `stopping`."""

    async def client() -> None:
        while scheduled := await schedule.next():
            await sender.send(*scheduled)
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
