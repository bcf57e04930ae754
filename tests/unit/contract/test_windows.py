"""Window ids and stream ids."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.errors import BadWindowIdError
from contract.keys import Partition
from contract.windows import Period, partition_of, period_of, stream_order, successor


@pytest.mark.parametrize("model", ["churn", "churn-eu", "a_b-1"])
def test_a_window_id_leads_to_its_partition(model: str) -> None:
    """Model names may hold hyphens."""
    assert partition_of(f"{model}-0123456789ab-1700000000000-12") == Partition(model, "0123456789ab")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "churn",
        "churn-0123456789ab-17",
        "../x-0123456789ab-1-1",
        "Churn-0123456789ab-1-1",
        "a:b-0123456789ab-1-1",
    ],
)
def test_anything_else_is_no_window_id(text: str) -> None:
    """What is not a window id is refused with the form that was expected."""
    with pytest.raises(BadWindowIdError, match="expected MODEL-VERSION-TIME-SEQUENCE"):
        partition_of(text)


@given(st.tuples(st.integers(0, 2**48), st.integers(0, 2**40)))
def test_a_successor_comes_next(pair: tuple[int, int]) -> None:
    """Nothing is between a stream id and its successor."""
    time, sequence = pair
    assert stream_order(successor(f"{time}-{sequence}")) == (time, sequence + 1)


@pytest.mark.parametrize(
    ("period", "begin", "end"),
    [
        ("1h", "2026-11-29T17:00", "2026-11-29T18:00"),
        ("1d", "2026-11-29T00:00", "2026-11-30T00:00"),
        ("1w", "2026-11-23T00:00", "2026-11-30T00:00"),
    ],
)
def test_a_period_is_an_hour_a_day_or_a_week_from_monday_on(period: Period, begin: str, end: str) -> None:
    """By UTC; this is a Sunday."""
    time = datetime(2026, 11, 29, 17, 2, 3, tzinfo=UTC).timestamp()
    found = period_of(f"{round(time * 1000)}-7", period)
    assert [f"{datetime.fromtimestamp(each / 1000, UTC):%Y-%m-%dT%H:%M}" for each in found] == [begin, end]


@given(st.sampled_from(["1h", "1d", "1w"]), st.integers(0, 2**42))
def test_periods_follow_each_other(period: Period, time: int) -> None:
    """Each time is in exactly one, and weeks begin on Mondays."""
    begin, end = period_of(f"{time}-0", period)
    assert begin <= time < end
    assert period_of(f"{end}-0", period)[0] == end
    assert period_of(f"{end - 1}-5", period) == (begin, end)
    day = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=begin)
    assert period != "1w" or day.isoweekday() == 1
