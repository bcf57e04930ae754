"""Single windows of an hour, a day or a week: where they end, who may end them, and what they say."""

import json
from datetime import datetime
from typing import Any, cast

import pytest
from redis import Redis
from redis.exceptions import ResponseError

from contract.partition import ledger, open_window, pending_windows
from contract.stream.append import StreamWriter
from contract.stream.close import close_window
from contract.windows import Period, period_of
from tests.support.records import PARTITION, append_now, record
from tests.support.stream_time import DAY_MS, HOUR_MS, go_forward, move_back

AHEAD_MS = 4_000_000_000_000
"""A time in 2096: later than that of any Redis that runs this test."""


def writer(period: Period | None, name: str = "writer", rows: int = 100) -> StreamWriter:
    """A writer of windows of that period."""
    return StreamWriter(PARTITION, rows, name, window_period=period)


def test_without_a_period_windows_are_as_they_were(redis: Redis) -> None:
    """To the byte but for the order of fields, which each server has of its own; whatever time passes."""
    plain = StreamWriter(PARTITION, 3, "writer")
    append_now(plain, redis, 1, [record(number) for number in range(2)])
    move_back(redis, PARTITION, 30 * DAY_MS)
    append_now(plain, redis, 3, [record(number) for number in range(2, 7)])
    ids = [name.decode() for name, _ in cast("list[tuple[bytes, Any]]", redis.xrange(PARTITION.stream))]
    texts = cast("dict[bytes, bytes]", redis.hgetall(PARTITION.pending))
    for number, (start, first, last) in enumerate([("0-0", ids[0], ids[2]), (ids[2], ids[3], ids[5])], 1):
        name = f"churn-0123456789ab-{last}"
        text = texts.pop(name.encode())
        fields = {"id": name, "number": number, "start": start, "first": first, "last": last, "rows": 3}
        assert json.loads(text) == {**fields, "reason": "full"}
        assert text.decode() == json.dumps(json.loads(text), separators=(",", ":"))
    assert texts == {}
    assert open_window(redis, PARTITION).rows == 1


@pytest.mark.parametrize(
    ("period", "last"),
    [
        ("1h", "2096-10-07T12:59:59.999+00:00"),
        ("1d", "2096-10-08T23:59:59.999+00:00"),
        ("1w", "2096-10-07T23:59:59.999+00:00"),  # a Sunday
    ],
)
def test_a_period_ends_after_its_last_millisecond(redis: Redis, period: Period, last: str) -> None:
    """Not before, and not later."""
    end = round(datetime.fromisoformat(last).timestamp() * 1000)
    for number, time in enumerate([end - 1, end, end + 1, end + HOUR_MS], 1):
        go_forward(redis, PARTITION, time)
        append_now(writer(period), redis, number, [record(number)])
        if time <= end:
            assert pending_windows(redis, PARTITION) == []
    first = pending_windows(redis, PARTITION)[0]
    assert (first.rows, period_of(first.first, period)[1]) == (2, end + 1)


def test_a_window_of_the_present_period_stays_open(redis: Redis) -> None:
    """So does one that holds no record, and one without a period, however old."""
    assert close_window(redis, PARTITION, 1, "period") is None
    append_now(writer("1w"), redis, 1, [])
    assert close_window(redis, PARTITION, 1, "period") is None
    append_now(writer("1w"), redis, 1, [record(1)])
    assert close_window(redis, PARTITION, 1, "period") is None
    append_now(writer(None), redis, 2, [record(2)])
    move_back(redis, PARTITION, 30 * DAY_MS)
    assert close_window(redis, PARTITION, 1, "period") is None


def test_a_clock_that_is_behind_the_stream_closes_nothing(redis: Redis) -> None:
    """The clock of Redis was set back: ids go on from the last one, and its period is not over yet."""
    go_forward(redis, PARTITION, AHEAD_MS)
    append_now(writer("1h"), redis, 1, [record(1)])
    assert close_window(redis, PARTITION, 1, "period") is None
    append_now(writer("1h"), redis, 2, [record(2)])
    assert open_window(redis, PARTITION).rows == 2


def test_a_window_that_the_version_before_left_open_is_closed(redis: Redis) -> None:
    """Nothing says its period; the first record of the new version that is of another one closes it."""
    append_now(writer(None), redis, 1, [record(number) for number in range(3)])
    redis.hdel(PARTITION.open_window, "period")
    move_back(redis, PARTITION, DAY_MS)
    assert close_window(redis, PARTITION, 1, "period") is None, "nobody knows yet that it has one"
    reply = append_now(writer("1d"), redis, 4, [record(3)])
    (window,) = pending_windows(redis, PARTITION)
    assert reply.closed == [window.id]
    assert (window.rows, window.reason, window.period) == (3, "period", "1d")
    assert open_window(redis, PARTITION).rows == 1


def test_whoever_appended_last_says_the_period(redis: Redis) -> None:
    """Writers that differ, as while a setting is changed, lose no record and cut no window twice."""
    append_now(writer("1h", "a"), redis, 1, [record(1)])
    append_now(writer(None, "b"), redis, 1, [record(2)])
    move_back(redis, PARTITION, DAY_MS)
    assert close_window(redis, PARTITION, 1, "period") is None
    append_now(writer(None, "b"), redis, 2, [record(3)])
    assert open_window(redis, PARTITION).rows == 3
    append_now(writer("1h", "a"), redis, 2, [record(4)])
    (window,) = pending_windows(redis, PARTITION)
    assert (window.rows, window.period) == (3, "1h")
    assert ledger(redis, PARTITION).differences == []


def test_a_window_closed_on_demand_keeps_its_period(redis: Redis) -> None:
    """Its late records can be told all the same."""
    append_now(writer("1d"), redis, 1, [record(1)])
    close_window(redis, PARTITION, 1, "demand")
    (window,) = pending_windows(redis, PARTITION)
    assert (window.reason, window.period) == ("demand", "1d")
    append_now(writer(None), redis, 2, [record(2)])
    assert open_window(redis, PARTITION).period is None


def test_a_record_that_fills_the_next_window_closes_both(redis: Redis) -> None:
    """The one by the calendar, the other by its rows."""
    append_now(writer("1h", rows=9), redis, 1, [record(1)])
    move_back(redis, PARTITION, HOUR_MS)
    append_now(writer("1h", rows=1), redis, 2, [record(2)])
    assert [(each.rows, each.reason) for each in pending_windows(redis, PARTITION)] == [
        (1, "period"),
        (1, "full"),
    ]


def test_a_user_who_may_not_ask_the_time_closes_no_window(redis: Redis, redis_url: str) -> None:
    """It is told, and nothing has changed."""
    append_now(writer("1h"), redis, 1, [record(1)])
    move_back(redis, PARTITION, DAY_MS)
    redis.acl_setuser("limited", enabled=True, nopass=True, keys=["*"], commands=["+@all", "-time"])
    with Redis.from_url(redis_url, username="limited", password=redis_url, protocol=2) as limited:
        for _ in range(2):
            with pytest.raises(ResponseError):
                close_window(limited, PARTITION, 1, "period")
    redis.acl_deluser("limited")
    assert (open_window(redis, PARTITION).rows, pending_windows(redis, PARTITION)) == (1, [])


def test_a_stream_whose_ids_are_far_ahead_goes_on(redis: Redis) -> None:
    """Also where no calendar has such a time."""
    redis.xadd(PARTITION.stream, {"a": "b"}, id="18446744073709551000-0")
    append_now(writer("1w", rows=2), redis, 1, [record(1), record(2), record(3)])
    (window,) = pending_windows(redis, PARTITION)
    assert (window.rows, window.reason) == (2, "full")
    assert close_window(redis, PARTITION, 2, "period") is None


def test_another_period_is_refused_before_anything_is_written() -> None:
    """A script that finds it in Redis would leave each record to the spool."""
    with pytest.raises(ValueError, match="window_period: expected 1h, 1d or 1w, not '2h'"):
        writer(cast("Period", "2h"))
