"""Dates and times as text: recognised, and read as the day that they say."""

from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest

from dataset.proposal.moments import are_moments, orders_of, read_moments

START = datetime(2024, 1, 1, 8, 30, 5, tzinfo=UTC)
DAYS = [START + timedelta(days=3 * step, hours=step % 9) for step in range(120)]
FORMS = [
    "%Y-%m-%d",
    "%Y/%m/%d %H:%M",
    "%Y.%m.%d",
    "%Y-%m-%dT%H:%M:%S.%fZ",
    "%Y-%m-%d %H:%M:%S UTC",
    "%Y-%m-%d %H:%M:%S,250",
    "%Y-%m-%d-%H.%M.%S",
    "%Y%m%dT%H%M%SZ",
    "%d.%m.%Y, %H:%M Uhr",
    "%m/%d/%Y %I:%M:%S %p",
    "%d-%b-%y %I.%M.%S %p",
    "%b %d, %Y",
    "%b %d %Y",
    "%B %d, %Y %H:%M",
    "%d. %B %Y",
    "%d %b %Y",
    "%A, %B %d, %Y",
    "%a, %d %b %Y %H:%M:%S",
    "%a %b %d %H:%M:%S %Y",
    "%A, %d.%m.%Y",
    "%Y-%m-%d (%a)",
    "%d/%b/%Y:%H:%M:%S +0000",
    "[%d/%b/%Y:%H:%M:%S +0000]",
    "(%Y-%m-%d)",
    "%Y年%m月%d日",
    "%Y년 %m월 %d일",
    "%Y. %m. %d.",
    "%d %m %Y",
    "%Y %m %d",
]
MONTHS = ["%B %Y", "%b-%Y", "%Y %B", "%Y-%m", "%m/%Y", "%Y年%m月"]


@pytest.mark.parametrize("form", FORMS)
def test_dates_are_read_as_the_day_that_they_say(form: str) -> None:
    """Whatever their form, each of them."""
    texts = pa.array([day.strftime(form) for day in DAYS])
    assert are_moments(texts)
    (day_first,) = orders_of(texts)
    read = read_moments(texts, day_first=day_first)
    assert [f"{time:%Y-%m-%d}" for time in read] == [f"{day:%Y-%m-%d}" for day in DAYS]


@pytest.mark.parametrize("form", MONTHS)
def test_months_are_read_as_themselves(form: str) -> None:
    """With no day in them."""
    texts = pa.array([day.strftime(form) for day in DAYS])
    assert are_moments(texts)
    read = read_moments(texts, day_first=False)
    assert [f"{time:%Y-%m}" for time in read] == [f"{day:%Y-%m}" for day in DAYS]


@pytest.mark.parametrize(
    "texts", [["2024-031", "2024-366"], ["2024-W05", "2024-W31-2"], ["Q3 2024", "2023-Q1"]]
)
def test_days_of_the_year_weeks_and_quarters_are_times(texts: list[str]) -> None:
    """They are recognised, though not all are read."""
    assert are_moments(pa.array(texts * 50))
