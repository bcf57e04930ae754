"""A window is compared with the reference's rows of like hours and weekdays."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from baseline.buckets import buckets_of
from baseline.document import build_baseline
from contract.schema import Feature, Schema
from contract.task import Kind
from contract.times import TIMESTAMP, Time
from drift_worker.decide.decision import Policy
from drift_worker.detect.drift import Reference, count_cells
from drift_worker.detect.pools.lasting import Earlier
from drift_worker.detect.season.clock import follows_clock
from drift_worker.detect.season.mix import Season
from drift_worker.evaluate.judge import Judgement, judge

KINDS: dict[str, Kind] = {"fee": "numerical", "plan": "categorical", "count": "numerical"}
FEATURES = [Feature(name=name, kind=kind, nullable=True) for name, kind in KINDS.items()]
MONDAY = pd.Timestamp("2026-03-02", tz="UTC")
DAY = pd.Timedelta("1D")


def times(start: pd.Timestamp, stop: pd.Timestamp, rows: int) -> "pd.Series[pd.Timestamp]":
    """Times at even distances."""
    return pd.Series(pd.date_range(start, stop, rows + 1, inclusive="left", unit="ms"), name=TIMESTAMP)


def traffic(when: "pd.Series[pd.Timestamp]", seed: int, shift: float = 0.0) -> pd.DataFrame:
    """Rows whose fee is 0.4 SD higher by day than by night, and whose plans differ by day and night."""
    rng = np.random.default_rng(seed)
    day = when.dt.hour.between(6, 17).to_numpy()
    return pd.DataFrame(
        {
            "fee": rng.normal(0, 1, len(when)) + np.where(day, 0.2, -0.2) + shift,
            "plan": np.where(rng.random(len(when)) < np.where(day, 0.7, 0.5), "a", "b"),
            "count": rng.poisson(2.0, len(when)).astype(float),
            TIMESTAMP: when,
        }
    )


def referred(frame: pd.DataFrame, time: Time | None = None) -> Reference:
    """What windows are compared with; without a time its hours do not count."""
    schema = Schema(entity="id", features=FEATURES, time=time)
    baseline = build_baseline(frame, KINDS)
    season = Season.of(frame, baseline, time.zone) if time else None
    return Reference(frame, schema, baseline, outputs={}, season=season)


@dataclass(frozen=True)
class Judged:
    """How many of some windows flagged a feature, and which decisions they had."""

    flagged: int
    decisions: set[str]


def pooled(reference: Reference, windows: list[pd.DataFrame]) -> Judgement:
    """What was found in the last of some windows, together with those before it."""
    *before, last = windows
    cells = {number: count_cells(reference, window) for number, window in enumerate(before, 1)}
    earlier = Earlier(len(windows), {number: each for number, each in cells.items() if each is not None})
    return judge(reference, last, Policy(50, 0.3), earlier=earlier)


def judged(reference: Reference, windows: list[pd.DataFrame]) -> Judged:
    """Judge windows one after another."""
    found = [decided(reference, window) for window in windows]
    flagged = sum(any(each.drifted for each in judgement.findings) for judgement in found)
    return Judged(flagged, {judgement.verdict.decision for judgement in found})


def decided(reference: Reference, window: pd.DataFrame) -> Judgement:
    """What was found in a window, and decided."""
    return judge(reference, window, Policy(50, 0.3))


@pytest.fixture(scope="module")
def month() -> pd.DataFrame:
    """Four weeks of traffic: 8,000 rows."""
    return traffic(times(MONDAY, MONDAY + 28 * DAY, 8_000), 1)


@pytest.fixture(scope="module")
def seasonal(month: pd.DataFrame) -> Reference:
    """The same month, whose times are known."""
    return referred(month, Time(column="at"))


def hours(seed: int, hour: int, rows: int = 400, shift: float = 0.0) -> pd.DataFrame:
    """A window of three hours of a Tuesday."""
    start = MONDAY + 36 * DAY + pd.Timedelta(hour, "h")
    return traffic(times(start, start + pd.Timedelta(3, "h"), rows), seed, shift)


def test_buckets_are_three_hours_of_a_weekday_or_a_weekend_in_the_zone() -> None:
    """Summer time is that of the zone: noon in UTC is two o'clock in Berlin, and one in winter."""
    when = pd.Series(pd.to_datetime(["2026-07-03T22:30Z", "2026-01-02T23:30Z", "2026-01-05T00:00Z"]))
    assert buckets_of(when, "Europe/Berlin").tolist() == [8, 8, 0]
    assert buckets_of(when, "UTC").tolist() == [7, 7, 0]


def test_a_season_is_no_drift(month: pd.DataFrame, seasonal: Reference) -> None:
    """Windows of the night and of the day flag nothing; without times nearly all of them do."""
    windows = [hours(100 + number, number % 8 * 3) for number in range(40)]
    assert judged(seasonal, windows) == Judged(0, {"NO_ACTION"})
    assert judged(referred(month), windows).flagged > 20


@pytest.mark.parametrize("counts", [[0.3], [0.3, 0.6, 0.9]])
def test_rounding_is_neither_a_break_nor_drift(month: pd.DataFrame, counts: list[float]) -> None:
    """0.1 + 0.2 is 0.3, also where windows are pooled; the score is that of the same numbers."""
    reference = referred(month.assign(count=np.resize(counts, len(month))))
    window = hours(30, 9).assign(count=np.resize(counts, 400))
    rounded = hours(30, 9).assign(count=np.resize([0.1 * round(each * 10) for each in counts], 400))
    assert (rounded["count"] != window["count"]).any()
    for frames in ([rounded], [rounded, rounded]):
        found = pooled(reference, frames).findings
        assert found == pooled(reference, [window] * len(frames)).findings
        assert not [each for each in found if each.column == "count" and each.drifted]


def test_drift_within_a_season_is_found(seasonal: Reference) -> None:
    """0.4 SD at night, which all of the reference together would hide, for it makes the night a day."""
    assert judged(seasonal, [hours(200 + number, 0, shift=0.4) for number in range(20)]).flagged >= 18


def test_a_break_within_a_season_is_seen(seasonal: Reference) -> None:
    """Another unit, and a third of the values missing."""
    window = hours(7, 3)
    for broken in (
        window.assign(fee=window["fee"] * 1_000),
        window.assign(plan=window["plan"].mask(np.arange(400) % 3 == 0)),
    ):
        assert decided(seasonal, broken).verdict.decision == "INVESTIGATE"


def test_what_was_seen_at_another_hour_is_not_new(month: pd.DataFrame) -> None:
    """A plan of the day that comes at night is drift, and no value that was never seen."""
    by_day = month["timestamp"].dt.hour.between(6, 17)
    frame = month.assign(plan=month["plan"].where(by_day, "night"))
    found = decided(referred(frame, Time(column="at")), hours(8, 0)).findings
    assert {each.column for each in found if each.drifted} == {"plan"}
    assert [each.method for each in found if each.kind == "data_quality"] == []


def test_the_mix_of_the_reference_is_the_reference(seasonal: Reference) -> None:
    """In its own mix every row is there once, and they count as all of them."""
    season = seasonal.season
    assert season is not None
    rows, size = season.rows, len(seasonal.frame)
    assert rows.effective(rows.counts) == pytest.approx(size)
    assert sorted(rows.sample(rows.counts, size).tolist()) == [*range(size)]


def test_rows_of_unknown_hours_are_left_out_and_said(month: pd.DataFrame) -> None:
    """A tenth of a window at night, for a reference of days: nine tenths are compared."""
    by_day = month[month["timestamp"].dt.hour.between(6, 17)].reset_index(drop=True)
    reference = referred(by_day, Time(column="at"))
    window = pd.concat([hours(9, 9, 360), hours(9, 0, 40)], ignore_index=True)
    verdict = decided(reference, window).verdict
    assert verdict.decision == "NO_ACTION"
    assert verdict.reasons[-1] == (
        "10 % of the rows are of hours and weekdays of which the reference has none; they were left out"
    )


def test_nothing_is_said_of_a_window_of_unknown_hours_but_what_is_broken(month: pd.DataFrame) -> None:
    """A window of the night, for a reference of days: no decision, unless its values are not values."""
    by_day = month[month["timestamp"].dt.hour.between(6, 17)].reset_index(drop=True)
    reference = referred(by_day, Time(column="at"))
    window = pd.concat([hours(9, 9, 100), hours(9, 0, 300)], ignore_index=True)
    verdict = decided(reference, window).verdict
    assert verdict.decision == "INSUFFICIENT_DATA"
    assert verdict.reasons[0].startswith("75 % of the rows are of hours and weekdays of which")
    for share in (1.0, 0.75):
        night = hours(9, 0) if share == 1.0 else window
        broken = decided(reference, night.assign(fee=np.nan)).verdict
        assert broken.decision == "INVESTIGATE"
        assert broken.reasons[0].startswith("fee: 100 % of the values are missing")


def test_what_may_be_usual_at_unknown_hours_is_no_break(month: pd.DataFrame) -> None:
    """More missing values, and one plan only: so it may always be at night, which nobody knows."""
    by_day = month[month["timestamp"].dt.hour.between(6, 17)].reset_index(drop=True)
    reference = referred(by_day, Time(column="at"))
    night = hours(9, 0)
    for usual in (
        night.assign(fee=night["fee"].mask(np.arange(400) % 3 == 0)),
        night.assign(plan="a"),
    ):
        assert decided(reference, usual).verdict.decision == "INSUFFICIENT_DATA"
    for broken in (night.assign(fee=night["fee"] * 1_000), night.assign(plan="other")):
        assert decided(reference, broken).verdict.decision == "INVESTIGATE"


def test_an_hour_of_unknown_hours_is_no_break(month: pd.DataFrame) -> None:
    """An hour and a weekday that the reference has no rows of are new in it by definition; a plan is not."""

    def clocked(frame: pd.DataFrame) -> pd.DataFrame:
        when = frame[TIMESTAMP].dt
        return frame.assign(count=when.hour * 1.0, plan=when.day_name().astype(object))

    week = month[month[TIMESTAMP].dt.dayofweek < 5]
    office = clocked(week[week[TIMESTAMP].dt.hour.between(9, 17)].reset_index(drop=True))
    reference = referred(office, Time(column="at"))
    saturday = traffic(times(MONDAY + 40 * DAY, MONDAY + 41 * DAY, 400), 10)
    for window in (hours(9, 0), saturday):
        assert decided(reference, clocked(window)).verdict.decision == "INSUFFICIENT_DATA"
        broken = decided(reference, clocked(window).assign(fee=1e9)).verdict
        assert (broken.decision, broken.causes) == ("INVESTIGATE", ["fee: out of range"])
        emptied = decided(reference, clocked(window).assign(count=np.nan)).verdict
        assert (emptied.decision, emptied.causes) == ("INVESTIGATE", ["count: missing"])


def test_what_has_many_or_few_values_follows_no_clock() -> None:
    """Each of 1,000 stores is seen at few hours of a week, and so is a rare flag; the hour tells neither."""
    hour = np.arange(8_000) % 168
    rng = np.random.default_rng(5)
    for cells in (rng.integers(0, 1_000, 8_000), np.zeros(8_000, int), (np.arange(8_000) == 9) * 1):
        assert not follows_clock(cells, hour)
    assert not follows_clock(rng.integers(0, 2, 168), np.arange(168))
    assert follows_clock(hour % 24, hour)


def test_one_weekday_is_no_constant(month: pd.DataFrame) -> None:
    """A window of one weekday has one weekday, as each day of the reference has; one fee is a default."""

    def dated(frame: pd.DataFrame) -> pd.DataFrame:
        when = frame[TIMESTAMP].dt
        return frame.assign(plan=when.day_name().astype(object), count=when.hour * 1.0)

    reference = referred(dated(month), Time(column="at"))
    days = [
        traffic(times(MONDAY + day * DAY, MONDAY + (day + 1) * DAY, 286), 400 + day) for day in (35, 37, 40)
    ]
    for window in days:
        assert decided(reference, dated(window)).verdict.decision == "NO_ACTION"
    broken = decided(reference, dated(days[0]).assign(fee=0.0)).verdict
    assert (broken.decision, broken.causes) == ("INVESTIGATE", ["fee: constant"])


@pytest.mark.parametrize("name", ["weekend", "sun"])
def test_windows_whose_hours_have_one_number_are_pooled(month: pd.DataFrame, name: str) -> None:
    """A flag as a number on weekdays, and sunshine at night: both sides have one value, and nothing moved."""

    def told(frame: pd.DataFrame) -> pd.DataFrame:
        when = frame[TIMESTAMP].dt
        weekend, night = when.dayofweek >= 5, when.hour < 6
        return frame.assign(count={"weekend": weekend * 1.0, "sun": (~night) * (1 + frame["count"])}[name])

    reference = referred(told(month), Time(column="at"))
    windows = [told(hours(500 + number, number * 3)) for number in range(2)]
    assert pooled(reference, windows).verdict.decision == "NO_ACTION"


def test_a_month_without_its_saturdays_is_a_constant(month: pd.DataFrame) -> None:
    """Days have one value, half a month never has: so much the window says, however few months there are."""
    saturday = month[TIMESTAMP].dt.dayofweek == 5
    reference = referred(month.assign(count=saturday * 1.0), Time(column="at"))
    window = traffic(times(MONDAY + 28 * DAY, MONDAY + 56 * DAY, 4_000), 2)
    stuck = decided(reference, window.assign(count=0.0)).verdict
    assert (stuck.decision, stuck.causes) == ("INVESTIGATE", ["count: constant"])


def test_a_week_without_a_sale_is_no_constant(month: pd.DataFrame) -> None:
    """Three of four weeks have none, and so have most stretches of half a week."""
    week = (month[TIMESTAMP] - MONDAY) // (7 * DAY)
    frame = month.assign(plan=np.where(week == 1, "sale", "none"))
    window = traffic(times(MONDAY + 28 * DAY, MONDAY + 35 * DAY, 2_000), 2).assign(plan="none")
    assert [each for each in decided(referred(frame), window).findings if each.method == "constant"]
    found = decided(referred(frame, Time(column="at")), window).findings
    assert not [each for each in found if each.method == "constant"]


def test_a_number_that_is_always_the_same_at_these_hours_is_no_constant() -> None:
    """Sunshine in more than 256 values, and none before three: so it is in a window of that hour."""

    def sun(when: "pd.Series[pd.Timestamp]", seed: int) -> pd.DataFrame:
        drawn = np.random.default_rng(seed).gamma(2, 100, len(when))
        return traffic(when, seed).assign(fee=np.where(when.dt.hour < 3, 0.0, drawn))

    def hour(number: int) -> "pd.Series[pd.Timestamp]":
        start = MONDAY + 36 * DAY + pd.Timedelta(number, "h")
        return times(start, start + pd.Timedelta(1, "h"), 50)

    reference = referred(sun(times(MONDAY, MONDAY + 28 * DAY, 28 * 24 * 50), 1), Time(column="at"))
    windows = [sun(hour(number), number) for number in range(3)]
    assert pooled(reference, windows).verdict.decision == "NO_ACTION"
    dark = decided(reference, sun(hour(12), 12).assign(fee=0.0)).verdict
    assert (dark.decision, dark.causes) == ("INVESTIGATE", ["fee: constant"])
    assert "the most frequent value of the reference has 0" in dark.reasons[0], dark.reasons


def test_stretches_that_differ_make_chance_wider(month: pd.DataFrame, seasonal: Reference) -> None:
    """Where days differ by chance, a day that differs is none; independent rows vary as they should."""
    assert seasonal.season is not None
    assert seasonal.season.dispersion(300).of_shift("fee") < 1.4
    assert seasonal.season.dispersion(300).of_shift("plan") < 1.4
    rng = np.random.default_rng(3)
    drawn = month.assign(fee=month["fee"] + np.repeat(rng.normal(0, 0.5, 28), 286)[: len(month)])
    moody = referred(drawn, Time(column="at"))
    assert moody.season is not None
    assert moody.season.dispersion(300).of_shift("fee") > 3
    windows = [hours(300 + number, 9, shift=rng.normal(0, 0.5)) for number in range(20)]
    assert judged(moody, windows).flagged <= 1


def test_rows_in_a_regular_order_are_mixed_as_any_others() -> None:
    """Ten shops in turn, every six minutes: a weekday of the same traffic is no drift."""
    rng = np.random.default_rng(11)

    def shops(start: pd.Timestamp, days: int) -> pd.DataFrame:
        rows = days * 240
        when = times(start, start + days * DAY, rows)
        numbers = np.arange(rows) % 10
        plan = pd.Series(numbers).map(lambda number: f"shop {number}")
        return pd.DataFrame(
            {"fee": numbers * 10.0, "plan": plan, "count": rng.poisson(2.0, rows) * 1.0, TIMESTAMP: when}
        )

    reference = referred(shops(MONDAY, 56), Time(column="at"))
    judgement = decided(reference, shops(MONDAY + 57 * DAY, 1))
    assert judgement.verdict.decision == "NO_ACTION"
    assert not any(each.drifted for each in judgement.findings)


def accepted_by_night(month: pd.DataFrame) -> Reference:
    """A fee that is dearer by 5 SD: accepted were the rows before three."""
    accepted = month[month["timestamp"].dt.hour < 3].assign(fee=lambda frame: frame["fee"] + 5)
    frame = pd.concat([month.assign(fee=np.nan), accepted], ignore_index=True)
    time, since = Time(column="at"), {"fee": len(month)}
    schema = Schema(entity="id", features=FEATURES, time=time)
    baseline = build_baseline(frame, KINDS, since=since)
    season = Season.of(frame, baseline, time.zone, since)
    return Reference(frame, schema, baseline, outputs={}, season=season)


def test_an_accepted_column_is_mixed_from_its_own_rows(month: pd.DataFrame) -> None:
    """Accepted are a night's rows: nights are compared with these, and days are not, which is said."""
    reference = accepted_by_night(month)
    by_night, dearer = (hours(12, 0, shift=shift) for shift in (5.0, 5.5))
    assert decided(reference, by_night).verdict.decision == "NO_ACTION"
    assert {each.column for each in decided(reference, dearer).findings if each.drifted} == {"fee"}
    by_day = decided(reference, hours(12, 9, shift=5.0))
    assert by_day.verdict.reasons[-1] == (
        "fee: not compared; its accepted rows are of other hours and weekdays"
    )
    assert not any(each.drifted for each in by_day.findings)


def test_a_column_that_is_not_compared_does_not_last(month: pd.DataFrame) -> None:
    """Days differ from the accepted nights and miss values: neither lasts, nor in a night behind them."""
    reference = accepted_by_night(month)
    days = [hours(600 + number, 9, shift=5.0) for number in range(3)]
    days = [frame.assign(fee=frame["fee"].mask(np.arange(len(frame)) % 12 == 0)) for frame in days]
    nights = [hours(610 + number, 0, 1_000, 5.0) for number in range(2)]
    for windows in (days, [*days, *nights]):
        assert [each for each in pooled(reference, windows).findings if each.kind == "lasting"] == []
    dearer = [frame.assign(fee=frame["fee"] + 0.2) for frame in nights]
    lasting = [each for each in pooled(reference, [*days, *dearer]).findings if each.kind == "lasting"]
    assert [(each.column, "2 windows" in (each.detail or "")) for each in lasting] == [("fee", True)]


def test_a_share_of_missing_values_that_always_varies_is_no_break(month: pd.DataFrame) -> None:
    """Every third day misses half of its fees: so does a day later; one that misses all of them is broken."""
    days = (month["timestamp"] - MONDAY) // DAY
    lost = (days % 3 == 0) & (np.arange(len(month)) % 2 == 0)
    frame = month.assign(fee=month["fee"].mask(lost))
    window = hours(21, 9)
    half = window.assign(fee=window["fee"].mask(np.arange(400) % 2 == 0))
    gappy = referred(frame, Time(column="at"))
    assert [each.method for each in decided(referred(frame), half).findings if each.kind == "data_quality"]
    assert [each.method for each in decided(gappy, half).findings if each.kind == "data_quality"] == []
    assert gappy.season is not None
    assert gappy.season.dispersion(400).of_missing("fee") > 5


def test_a_relation_that_always_varies_is_no_break(month: pd.DataFrame) -> None:
    """Count follows the fee on every other day: a day without it is none that is broken."""
    even = ((month["timestamp"] - MONDAY) // DAY) % 2 == 0
    frame = month.assign(count=np.where(even, month["fee"], month["count"]))
    reference = referred(frame, Time(column="at"))
    window = hours(22, 9)
    assert any(each.kind == "relation" for each in decided(referred(frame), window).findings)
    assert not any(each.kind == "relation" for each in decided(reference, window).findings)
    assert reference.season is not None
    assert reference.season.dispersion(400).of_relation(("fee", "count")) > 3


WHENS = st.datetimes(pd.Timestamp("1971-01-01"), pd.Timestamp("2100-01-01"))


@given(st.lists(WHENS, min_size=1, max_size=30), st.lists(WHENS, min_size=1, max_size=30))
def test_any_times_can_be_compared(before: list[pd.Timestamp], now: list[pd.Timestamp]) -> None:
    """Few rows, all at one moment, or of hours that the other side has none of."""
    frames = [
        traffic(pd.Series(pd.to_datetime(pd.Series(when), utc=True), name=TIMESTAMP), 4)
        for when in (before, now)
    ]
    reference = referred(frames[0], Time(column="at", zone="Asia/Kathmandu"))
    judgement = judge(reference, frames[1], Policy(1, 0.3))
    assert [each.column for each in judgement.findings if each.kind == "feature_drift"] == [*KINDS]
    assert judgement.verdict.decision in ("INSUFFICIENT_DATA", "NO_ACTION")
