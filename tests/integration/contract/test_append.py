"""Every record is in exactly one window, whoever writes and in whatever batches."""

import asyncio
from collections.abc import Sequence
from typing import cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from redis import Redis
from redis.exceptions import OutOfMemoryError, ResponseError

from contract.partition import ledger, pending_windows
from contract.redis.connection import request_client
from contract.stream.append import Batch, StreamWriter
from contract.stream.close import close_window
from contract.windows import Window, milliseconds
from tests.support.records import PARTITION, append_now, record, rows_of

on_one_redis = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])

LAST_BUT_ONE = f"{2**64 - 1}-{2**64 - 2}"
"""After the entry of this id a stream takes one more."""

batches = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 25)), max_size=30)
"""Who writes, and how many records, in the order in which the server sees them."""


def closed_windows(redis: Redis) -> list[Window]:
    """The pending windows in the order of the stream."""
    return pending_windows(redis, PARTITION)


def append_all(redis: Redis, window_rows: int, plan: Sequence[tuple[int, int]]) -> list[str]:
    """Append as the plan says; the prediction ids in their order."""
    writers = [StreamWriter(PARTITION, window_rows, f"writer-{number}") for number in range(5)]
    ids: list[str] = []
    numbers = [1] * 5
    for writer, count in plan:
        records = [record(len(ids) + offset) for offset in range(count)]
        append_now(writers[writer], redis, numbers[writer], records)
        numbers[writer] += count
        ids.extend(each.prediction_id for each in records)
    return ids


@on_one_redis
@given(plan=batches, window_rows=st.integers(1, 40))
def test_windows_are_disjoint_in_order_complete_and_full(
    redis: Redis, plan: list[tuple[int, int]], window_rows: int
) -> None:
    """Windows cut the stream into ranges of exactly WINDOW_ROWS, and the rest is open."""
    redis.flushall()
    ids = append_all(redis, window_rows, plan)
    windows = closed_windows(redis)
    assert [rows_of(redis, window) for window in windows] == [
        ids[begin : begin + window_rows] for begin in range(0, len(ids) - len(ids) % window_rows, window_rows)
    ]
    assert [window.number for window in windows] == list(range(1, len(windows) + 1))
    starts = ["0-0", *(window.last for window in windows)]
    assert [window.start for window in windows] == starts[: len(windows)]
    assert all(window.rows == window_rows for window in windows)
    assert ledger(redis, PARTITION).open == len(ids) % window_rows


@on_one_redis
@given(plan=batches, window_rows=st.integers(1, 40))
def test_many_writers_give_the_windows_of_one(
    redis: Redis, plan: list[tuple[int, int]], window_rows: int
) -> None:
    """The same records in the same order are cut alike, however they are batched."""
    redis.flushall()
    append_all(redis, window_rows, plan)
    by_many = [rows_of(redis, window) for window in closed_windows(redis)]
    redis.flushall()
    append_all(redis, window_rows, [(0, sum(count for _, count in plan))])
    assert [rows_of(redis, window) for window in closed_windows(redis)] == by_many


@on_one_redis
@given(
    calls=st.lists(st.tuples(st.integers(0, 12), st.integers(0, 20)), min_size=1, max_size=10),
    window_rows=st.integers(1, 15),
)
def test_records_sent_again_change_nothing(
    redis: Redis, calls: list[tuple[int, int]], window_rows: int
) -> None:
    """Records of unknown outcome can be sent again under their numbers, in batches of any size."""
    redis.flushall()
    writer = StreamWriter(PARTITION, window_rows, "writer")
    taken = 0
    for back, size in calls:
        begin = max(taken - back, 0)
        reply = append_now(writer, redis, begin + 1, [record(begin + offset) for offset in range(size)])
        assert reply.already_taken == min(taken - begin, size)
        assert reply.lost == 0
        taken = max(taken, begin + size)
    stream = cast("list[tuple[bytes, dict[bytes, bytes]]]", redis.xrange(PARTITION.stream))
    in_stream = [fields[b"prediction_id"].decode() for _, fields in stream]
    assert in_stream == [record(number).prediction_id for number in range(taken)]
    assert ledger(redis, PARTITION).appended == taken
    assert ledger(redis, PARTITION).differences == []


def test_a_redis_that_went_back_is_noticed(redis: Redis) -> None:
    """Records that were taken and are no longer known are told, and stand in the ledger as lost."""
    writer = StreamWriter(PARTITION, 100, "writer")
    append_now(writer, redis, 1, [record(number) for number in range(10)])
    saved = {key: cast("bytes", redis.dump(key)) for key in redis.scan_iter()}
    append_now(writer, redis, 11, [record(number) for number in range(10, 17)])
    redis.flushall()
    for key, value in saved.items():
        redis.restore(key, 0, value)
    assert append_now(writer, redis, 18, [record(17)]).lost == 7
    assert append_now(writer, redis, 19, [record(18)]).lost == 0
    account = ledger(redis, PARTITION)
    assert (account.accepted, account.appended, account.lost) == (19, 12, 7)
    assert account.differences == []


@pytest.mark.parametrize("command", ["xadd", "hincrby", "hset", "hmget", "pexpire"])
def test_a_user_without_a_command_takes_no_record(redis: Redis, redis_url: str, command: str) -> None:
    """What an ACL doesn't allow is told each time, and nothing is taken for appended that isn't."""
    redis.acl_setuser("limited", enabled=True, nopass=True, keys=["*"], commands=["+@all", f"-{command}"])
    writer = StreamWriter(PARTITION, 2, "writer")
    with Redis.from_url(redis_url, username="limited", password=redis_url, protocol=2) as limited:
        for _ in range(2):
            with pytest.raises(ResponseError):
                append_now(writer, limited, 1, [record(number) for number in range(3)])
    redis.acl_deluser("limited")
    assert append_now(writer, redis, 1, [record(number) for number in range(3)]).already_taken == 0
    assert_taken(redis, 3)


def test_a_redis_without_memory_takes_nothing_of_a_batch(redis: Redis) -> None:
    """It refuses the script as a whole; with memory again all is taken, and counted once."""
    writer = StreamWriter(PARTITION, 2, "writer")
    batch = [record(number) for number in range(3)]
    redis.config_set("maxmemory", 1)
    try:
        for _ in range(2):
            with pytest.raises(OutOfMemoryError):
                append_now(writer, redis, 1, batch)
            with pytest.raises(OutOfMemoryError):
                close_window(redis, PARTITION, 1, "demand")
    finally:
        redis.config_set("maxmemory", 0)
    assert redis.dbsize() == 0
    assert append_now(writer, redis, 1, batch).already_taken == 0
    assert_taken(redis, 3)


def test_a_stream_that_ends_within_a_batch_is_counted_so_far(redis: Redis) -> None:
    """Records before the one that can't be taken are in the stream and the ledger, the others in neither."""
    redis.xadd(PARTITION.stream, {"prediction_id": "last but one"}, id=LAST_BUT_ONE)
    writer = StreamWriter(PARTITION, 10, "writer")
    for _ in range(2):
        with pytest.raises(ResponseError, match="exhausted"):
            append_now(writer, redis, 1, [record(number) for number in range(3)])
    assert redis.xlen(PARTITION.stream) == 2
    account = ledger(redis, PARTITION)
    assert (account.accepted, account.appended, account.open) == (1, 1, 1)
    assert account.differences == []


def assert_taken(redis: Redis, records: int) -> None:
    """So many records are in the stream, each once, and the ledger says the same."""
    assert redis.xlen(PARTITION.stream) == records
    account = ledger(redis, PARTITION)
    assert (account.accepted, account.appended, account.lost) == (records, records, 0)
    assert account.differences == []


def test_writers_at_the_same_time_lose_and_repeat_nothing(redis: Redis, redis_url: str) -> None:
    """Eight concurrent writers' records are each in exactly one window or in the open one."""

    async def write_all() -> list[str]:
        client = request_client(redis_url, timeout=5.0)

        async def write(name: int) -> list[str]:
            writer = StreamWriter(PARTITION, 50, f"writer-{name}")
            closed: list[str] = []
            first = 1
            for number in range(1, 21):
                batch = Batch(first, [record(name * 1000 + number * 10 + each) for each in range(number % 7)])
                closed += (await writer.append(client, batch)).closed
                first = batch.next
            return closed

        try:
            return [window for closed in await asyncio.gather(*map(write, range(8))) for window in closed]
        finally:
            await client.aclose()

    told = asyncio.run(write_all())
    windows = closed_windows(redis)
    assert sorted(told) == sorted(window.id for window in windows)
    in_windows = [prediction for window in windows for prediction in rows_of(redis, window)]
    assert len(in_windows) == len(set(in_windows)) == 50 * len(windows)
    assert ledger(redis, PARTITION).appended == sum(number % 7 for number in range(1, 21)) * 8
    assert ledger(redis, PARTITION).differences == []


def test_the_open_window_is_closed_on_demand_once(redis: Redis) -> None:
    """Closing names the open window's number, so a late request closes nothing else."""
    writer = StreamWriter(PARTITION, 100, "writer")
    append_now(writer, redis, 1, [record(number) for number in range(7)])
    closed = close_window(redis, PARTITION, 1, "demand")
    assert close_window(redis, PARTITION, 1, "demand") is None
    assert close_window(redis, PARTITION, 2, "demand") is None, "an empty window is not closed"
    (window,) = closed_windows(redis)
    assert closed == window.id
    assert (window.rows, window.reason) == (7, "demand")
    assert milliseconds(window.first) <= milliseconds(window.last)


@pytest.mark.parametrize("command", ["hincrby", "hset", "hmget"])
def test_a_user_without_a_command_closes_no_window(redis: Redis, redis_url: str, command: str) -> None:
    """What an ACL doesn't allow is told each time; the window stays open until somebody may close it."""
    append_now(StreamWriter(PARTITION, 100, "writer"), redis, 1, [record(number) for number in range(7)])
    redis.acl_setuser("limited", enabled=True, nopass=True, keys=["*"], commands=["+@all", f"-{command}"])
    with Redis.from_url(redis_url, username="limited", password=redis_url, protocol=2) as limited:
        for _ in range(2):
            with pytest.raises(ResponseError):
                close_window(limited, PARTITION, 1, "age")
    redis.acl_deluser("limited")
    account = ledger(redis, PARTITION)
    assert (account.open, account.closed, closed_windows(redis)) == (7, 0, [])
    assert close_window(redis, PARTITION, 1, "age") == closed_windows(redis)[0].id
    assert ledger(redis, PARTITION).differences == []


def test_a_window_id_names_its_partition(redis: Redis) -> None:
    """The id of a window, alone, leads to the stream that it is a range of."""
    writer = StreamWriter(PARTITION, 1, "writer")
    append_now(writer, redis, 1, [record(1)])
    (window,) = closed_windows(redis)
    assert window.partition == PARTITION
    assert window.id.endswith(window.last)


@pytest.mark.parametrize("count", [1, 500, 2_000])
def test_one_batch_may_fill_several_windows(redis: Redis, count: int) -> None:
    """A spool that drains sends large batches; the script closes as many windows as they fill."""
    writer = StreamWriter(PARTITION, 100, "writer")
    reply = append_now(writer, redis, 1, [record(number) for number in range(count)])
    assert len(reply.closed) == count // 100


def test_a_stream_whose_ids_are_far_ahead_goes_on(redis: Redis) -> None:
    """Redis counts on from the largest id that anybody gave; its windows can be named and read."""
    redis.xadd(PARTITION.stream, {"a": "b"}, id="18446744073709551000-0")
    append_now(StreamWriter(PARTITION, 2, "writer"), redis, 1, [record(1), record(2)])
    (window,) = closed_windows(redis)
    assert window.partition == PARTITION
