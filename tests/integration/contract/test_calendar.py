"""Windows end with the hour, the day or the week, whoever appends and whatever the sweep does meanwhile."""

from collections.abc import Sequence
from datetime import UTC, datetime

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from redis import Redis

from contract.partition import ledger, open_window, pending_windows
from contract.stream.append import StreamWriter
from contract.stream.close import close_window
from contract.windows import Period, period_of
from tests.support.records import PARTITION, append_now, record, rows_of
from tests.support.stream_time import DAY_MS, HOUR_MS, go_forward, move_back

on_one_redis = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)

PERIODS: dict[Period, int] = {"1h": HOUR_MS, "1d": DAY_MS, "1w": 7 * DAY_MS}
AHEAD_MS = 4_000_000_000_000
"""A time in 2096: later than that of any Redis that runs this test."""

Step = tuple[int, int, int]
"""Who appends, how many records, and how long after the step before, in milliseconds."""


def steps(period: Period) -> st.SearchStrategy[list[Step]]:
    """Steps that often stay in a period, often reach its last or its first millisecond, and pass several."""
    length = PERIODS[period]
    waits = st.sampled_from([0, 1, length // 3, DAY_MS, length - 1, length, length + 1, 5 * length])
    return st.lists(st.tuples(st.integers(0, 3), st.integers(0, 6), waits), max_size=25)


plans = st.sampled_from([*PERIODS]).flatmap(
    lambda period: st.tuples(st.just(period), st.integers(0, 7 * DAY_MS), steps(period))
)
"""A period, when it all begins, and the steps."""


def called(time_ms: int, period: Period) -> object:
    """What people call the hour, the day or the week of a time; Python's own calendar says it."""
    time = datetime.fromtimestamp(time_ms / 1000, UTC)
    if period == "1w":
        return time.isocalendar()[:2]
    return time.date() if period == "1d" else (time.date(), time.hour)


def append_all(redis: Redis, period: Period, begin_ms: int, plan: Sequence[Step], rows: int) -> list[str]:
    """Append as the plan says; the prediction ids in their order."""
    writers = [StreamWriter(PARTITION, rows, f"writer-{name}", window_period=period) for name in range(4)]
    numbers, ids, now = [1] * 4, list[str](), AHEAD_MS + begin_ms
    go_forward(redis, PARTITION, now)
    for name, count, wait in plan:
        if wait > 0:
            now += wait
            go_forward(redis, PARTITION, now)
        records = [record(len(ids) + offset) for offset in range(count)]
        append_now(writers[name], redis, numbers[name], records)
        numbers[name] += count
        ids += [each.prediction_id for each in records]
    return ids


def cut(period: Period, begin_ms: int, plan: Sequence[Step], rows: int) -> list[list[int]]:
    """The windows by the calendar of Python, each as the numbers of its records; the last one is open."""
    now, times = AHEAD_MS + begin_ms, list[int]()
    for _, count, wait in plan:
        now += wait
        times += [now] * count
    windows: list[list[int]] = [[]]
    for number, time in enumerate(times):
        filling = windows[-1]
        if filling and (len(filling) == rows or called(times[filling[0]], period) != called(time, period)):
            windows.append([])
        windows[-1].append(number)
    return [*windows, []] if len(windows[-1]) == rows else windows


@on_one_redis
@given(plan=plans, rows=st.integers(1, 12))
def test_windows_are_those_of_the_calendar(
    redis: Redis, plan: tuple[Period, int, list[Step]], rows: int
) -> None:
    """However many write, each record is in the one window of its hour, day or week, or fills it."""
    redis.flushall()
    period, begin_ms, taken = plan
    ids = append_all(redis, period, begin_ms, taken, rows)
    windows = pending_windows(redis, PARTITION)
    *closed, left = cut(period, begin_ms, taken, rows)
    assert [rows_of(redis, window) for window in windows] == [[ids[each] for each in part] for part in closed]
    assert [window.reason for window in windows] == [
        "full" if len(part) == rows else "period" for part in closed
    ]
    assert {window.period for window in windows} <= {period}
    assert all(period_of(each.first, period) == period_of(each.last, period) for each in windows)
    assert open_window(redis, PARTITION).rows == len(left)
    assert ledger(redis, PARTITION).differences == []


@on_one_redis
@given(plan=plans, rows=st.integers(1, 12))
def test_many_writers_give_the_windows_of_one(
    redis: Redis, plan: tuple[Period, int, list[Step]], rows: int
) -> None:
    """Who appends has no say in where a window ends."""
    period, begin_ms, taken = plan
    found = []
    for who in (taken, [(0, count, wait) for _, count, wait in taken]):
        redis.flushall()
        append_all(redis, period, begin_ms, who, rows)
        found.append([(rows_of(redis, each), each.reason) for each in pending_windows(redis, PARTITION)])
    assert found[0] == found[1]


@on_one_redis
@given(
    period=st.sampled_from([*PERIODS]),
    plan=st.lists(st.sampled_from(["one appends", "another appends", "the sweep looks", "time passes"])),
    passing=st.sampled_from([HOUR_MS, DAY_MS, 7 * DAY_MS]),
)
def test_the_sweep_and_writers_cut_alike(redis: Redis, period: Period, plan: list[str], passing: int) -> None:
    """Whichever comes first after the end of a period closes its window, and no window has two periods."""
    redis.flushall()
    names = ("one appends", "another appends")
    writers = {name: StreamWriter(PARTITION, 5, name[:3], window_period=period) for name in names}
    numbers, ids, in_windows = dict.fromkeys(names, 1), list[str](), list[str]()
    for action in plan:
        if action == "time passes":
            move_back(redis, PARTITION, passing)
        elif action == "the sweep looks":
            look(redis, period)
        else:
            records = [record(len(ids) + offset) for offset in range(3)]
            append_now(writers[action], redis, numbers[action], records)
            numbers[action] += 3
            ids += [each.prediction_id for each in records]
        for window in pending_windows(redis, PARTITION):
            assert window.period == period
            assert period_of(window.first, period) == period_of(window.last, period)
            in_windows += rows_of(redis, window)
            redis.hdel(PARTITION.pending, window.id)
    assert in_windows == ids[: len(ids) - open_window(redis, PARTITION).rows]


def look(redis: Redis, period: Period) -> None:
    """Close the open window if its period is over, and be sure that this is done neither early nor late."""
    window = open_window(redis, PARTITION)
    before, closed, after = now(redis), close_window(redis, PARTITION, window.number, "period"), now(redis)
    ends = period_of(window.first, period)[1] if window.first else after + 1
    if closed is None:
        assert before < ends, "a window whose period was over has stayed open"
    else:
        assert ends <= after, "a window of the present period was closed"


def now(redis: Redis) -> int:
    """The time of Redis, in milliseconds since the epoch."""
    seconds, microseconds = redis.time()
    return seconds * 1000 + microseconds // 1000
