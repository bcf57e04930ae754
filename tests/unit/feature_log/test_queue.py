"""Records on their way, and the room that there is for them."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
import uvloop

from feature_log.queue import MAX_BATCH, MAX_QUEUED, RecordQueue
from tests.support.records import record

RunOn = Callable[[Coroutine[Any, Any, int]], int]


def test_a_record_that_finds_the_line_full_waits_for_room() -> None:
    """It is in time once a batch was taken; where none is taken, the wait ends."""

    async def run() -> tuple[bool, bool]:
        queue, now = RecordQueue(patience=60), asyncio.get_running_loop().time()
        waiting = [
            asyncio.create_task(queue.join(record(number), None, now + 60)) for number in range(MAX_QUEUED)
        ]
        await asyncio.sleep(0)
        in_vain = await queue.room.wait(now + 0.01)
        late = asyncio.create_task(queue.room.wait(now + 60))
        await asyncio.sleep(0)
        assert len(queue.take()) == MAX_BATCH
        in_time = await late
        queue.close()
        await asyncio.gather(*waiting)
        return in_vain, in_time

    assert asyncio.run(run()) == (False, True)


def test_who_waited_for_room_waits_no_longer_than_others() -> None:
    """The end is that of the record itself, also behind one that came later and need not end so soon."""

    async def run() -> tuple[bool, bool]:
        queue, now = RecordQueue(patience=0.05), asyncio.get_running_loop().time()
        later = asyncio.create_task(queue.join(record(1), None, now + 60))
        await asyncio.sleep(0)
        sooner = asyncio.create_task(queue.join(record(2), None, now + 0.05))
        await asyncio.wait([sooner], timeout=30)
        ended = sooner.done(), later.done()
        queue.close()
        await asyncio.gather(later, sooner)
        return ended

    assert asyncio.run(run()) == (True, False)


@pytest.mark.parametrize("run_on", [asyncio.run, uvloop.run])
def test_many_who_lose_patience_at_once_are_all_let_go(run_on: RunOn) -> None:
    """On the service's own loop too, whose timers are no asyncio's."""

    async def run() -> int:
        errors: list[dict[str, Any]] = []
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _, context: errors.append(context))
        queue = RecordQueue(patience=0.01)
        waiting = []
        for number in range(500):
            end = loop.time() + 0.01 - number % 7 / 1000
            waiting.append(asyncio.create_task(queue.join(record(number), None, end)))
            await asyncio.sleep(0)
        await asyncio.wait_for(asyncio.gather(*waiting), 30)
        return len(errors)

    assert run_on(run()) == 0
