"""Records on their way, and the room that there is for them."""

import asyncio

from predict.waiting import MAX_BATCH, MAX_WAITING, WaitingLine

from tests.records import record


def test_a_record_that_finds_the_line_full_waits_for_room() -> None:
    """It is in time once a batch was taken; where none is taken, the wait ends."""

    async def run() -> tuple[bool, bool]:
        line, now = WaitingLine(patience=60), asyncio.get_running_loop().time()
        waiting = [
            asyncio.create_task(line.join(record(number), None, now + 60)) for number in range(MAX_WAITING)
        ]
        await asyncio.sleep(0)
        in_vain = await line.has_room(now + 0.01)
        late = asyncio.create_task(line.has_room(now + 60))
        await asyncio.sleep(0)
        assert len(line.take()) == MAX_BATCH
        in_time = await late
        line.close()
        await asyncio.gather(*waiting)
        return in_vain, in_time

    assert asyncio.run(run()) == (False, True)


def test_who_waited_for_room_waits_no_longer_than_others() -> None:
    """The end is that of the record itself, also behind one that came later and need not end so soon."""

    async def run() -> tuple[bool, bool]:
        line, now = WaitingLine(patience=0.05), asyncio.get_running_loop().time()
        later = asyncio.create_task(line.join(record(1), None, now + 60))
        await asyncio.sleep(0)
        sooner = asyncio.create_task(line.join(record(2), None, now + 0.05))
        await asyncio.wait([sooner], timeout=30)
        ended = sooner.done(), later.done()
        line.close()
        await asyncio.gather(later, sooner)
        return ended

    assert asyncio.run(run()) == (True, False)
