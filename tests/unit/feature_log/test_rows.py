"""Many records that come together: room for all or none, some of it left to others, one key for all."""

import asyncio
from collections.abc import Coroutine, Sequence
from typing import Any

import pytest
from opentelemetry.sdk.metrics import MeterProvider

from contract.stream.idempotency import Once, Remembered, RowsFingerprint
from contract.stream.record import Record
from feature_log.counts import NotLogged
from feature_log.metrics import LogInstruments
from feature_log.queue import MAX_HELD, MAX_QUEUED, RecordQueue
from feature_log.rows import AT_ONCE, BESIDE_SINGLES, KeyReusedError, NoRoomError, RowsLog
from tests.support.records import PARTITION, record

RECORDS = [record(number) for number in range(200)]


def rows_log(queue: RecordQueue, sample_rate: float = 1.0, timeout: float = 60) -> RowsLog:
    """A log of many rows over that queue."""
    not_logged = NotLogged(LogInstruments(MeterProvider().get_meter("test")).of(PARTITION))
    return RowsLog(queue, not_logged, timeout=timeout, sample_rate=sample_rate)


async def taken(queue: RecordQueue, count: int) -> list[tuple[Record, Once | None]]:
    """What the queue gives until it has given so many, each of which is safe at once."""
    found: list[tuple[Record, Once | None]] = []
    while len(found) < count:
        await asyncio.wait_for(queue.arrived.wait(), 30)
        for queued in queue.take():
            found.append((queued.record, queued.once))
            queued.settle()
    return found


def run(coroutine: Coroutine[Any, Any, Any]) -> Any:
    """Run on a loop of its own."""
    return asyncio.run(coroutine)


@pytest.mark.parametrize(("single", "together"), [(False, AT_ONCE), (True, BESIDE_SINGLES)])
def test_records_join_in_their_order_a_part_at_a_time(*, single: bool, together: int) -> None:
    """A single record that comes meanwhile is in the next round trip; after one the parts are small."""

    async def log() -> list[int]:
        queue = RecordQueue(patience=60)
        alone = asyncio.create_task(queue.join(record(999), None, asyncio.get_running_loop().time() + 60))
        logging = asyncio.create_task(rows_log(queue).log(RECORDS, None))
        if single:
            await taken(queue, 1)
        else:
            alone.cancel()
        sizes, found = [], list[Record]()
        while len(found) < len(RECORDS):
            await asyncio.wait_for(queue.arrived.wait(), 30)
            part = queue.take()
            sizes.append(len(part))
            found += [queued.record for queued in part]
            for queued in part:
                queued.settle()
        assert found == RECORDS
        assert await logging == [None] * len(RECORDS)
        return sizes

    whole, rest = divmod(len(RECORDS), together)
    assert run(log()) == [together] * whole + [rest]


def test_without_room_for_all_none_is_logged() -> None:
    """And what is held by others stays theirs."""

    async def log() -> int:
        queue = RecordQueue(patience=60)
        now = asyncio.get_running_loop().time()
        assert await queue.room.hold(MAX_HELD - len(RECORDS) + 1, now + 60)
        with pytest.raises(NoRoomError):
            await rows_log(queue, timeout=0.01).log(RECORDS, None)
        return len(queue)

    assert run(log()) == 0


def test_rows_leave_room_to_single_records() -> None:
    """Half of the queue, however many want to log rows; the next one has its turn when room is made."""

    async def log() -> tuple[bool, bool]:
        queue = RecordQueue(patience=60)
        now = asyncio.get_running_loop().time()
        assert await queue.room.hold(MAX_HELD, now + 60)
        assert not await queue.room.hold(1, now + 0.01)
        waiting = [
            asyncio.create_task(queue.join(record(number), None, now + 60))
            for number in range(MAX_QUEUED - MAX_HELD - 1)
        ]
        await asyncio.sleep(0)
        before = queue.room.is_full
        late = asyncio.create_task(queue.room.hold(2, now + 60))
        await asyncio.sleep(0)
        queue.room.give_back(MAX_HELD)
        held = await late
        queue.close()
        await asyncio.gather(*waiting)
        return before, held

    assert run(log()) == (False, True)


def test_the_first_row_under_a_key_goes_alone() -> None:
    """A key that was used for something else is noticed before any other row is sent."""

    async def log() -> Sequence[object]:
        queue = RecordQueue(patience=60)
        logging = asyncio.create_task(rows_log(queue).log(RECORDS, "key"))
        await asyncio.wait_for(queue.arrived.wait(), 30)
        (first,) = queue.take()
        first.settle(Remembered("of another", "an id", 0.5))
        with pytest.raises(KeyReusedError):
            await logging
        assert await queue.room.hold(MAX_HELD, asyncio.get_running_loop().time())
        return queue.take()

    assert run(log()) == []


def test_each_row_has_a_key_of_its_own_that_depends_on_all() -> None:
    """All have one fingerprint, which their order changes."""

    async def log(records: Sequence[Record]) -> list[Once | None]:
        queue = RecordQueue(patience=60)
        logging = asyncio.create_task(rows_log(queue, sample_rate=0).log(records, "key"))
        found = await taken(queue, len(records))
        await logging
        return [once for _, once in found]

    onces, turned = run(log(RECORDS)), run(log(RECORDS[::-1]))
    assert len({once.key for once in onces}) == len(RECORDS)
    assert len({once.fingerprint for once in onces}) == 1
    assert not any(once.logged for once in onces)
    assert {once.key for once in onces} & {once.key for once in turned} == {onces[0].key}
    assert onces[0].fingerprint != turned[0].fingerprint
    assert onces[0].key == Once.of("key", RECORDS[0]).key
    alone = RowsFingerprint()
    alone.add([RECORDS[0].asked])
    assert alone.once("key", 0).fingerprint != Once.of("key", RECORDS[0]).fingerprint


def test_more_records_than_there_can_be_room_for_are_a_mistake() -> None:
    """Of the caller: it would wait in vain."""
    with pytest.raises(ValueError, match="at most 1024 records; got 1025"):
        run(rows_log(RecordQueue(patience=60)).log([RECORDS[0]] * 1025, None))
