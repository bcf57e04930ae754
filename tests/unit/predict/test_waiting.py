"""Records on their way, and the room that there is for them."""

import asyncio

from predict.waiting import MAX_BATCH, MAX_WAITING, WaitingLine

from tests.records import record


def test_a_record_that_finds_the_line_full_waits_for_room() -> None:
    """It is in time once a batch was taken; where none is taken, the wait ends."""

    async def run() -> tuple[bool, bool]:
        line = WaitingLine(patience=60)
        waiting = [asyncio.create_task(line.join(record(number), None, 60)) for number in range(MAX_WAITING)]
        await asyncio.sleep(0)
        in_vain = await line.has_room(0.01)
        late = asyncio.create_task(line.has_room(60))
        await asyncio.sleep(0)
        assert len(line.take()) == MAX_BATCH
        in_time = await late
        line.close()
        await asyncio.gather(*waiting)
        return in_vain, in_time

    assert asyncio.run(run()) == (False, True)
