"""Dates and times in data, whatever form they have: as text, and as numbers since 1970."""

import re
from typing import Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

ENOUGH: Final = 0.95
"""The share of a column's cells from which on they decide what the column is."""

SAMPLE: Final = 1000

_CLOCK: Final = r"([T ,]+\d{1,2}:\d{2}.*)?$"
_MONTHS: Final = "(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*"
_TIME_OF_DAY: Final = r"(?i)^\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?( ?[ap]\.?m\.?)?$"
_PART: Final = r"(0?[1-9]|[12]\d|3[01])"
"""A day or a month."""

_FORMS: Final = (
    rf"^\d{{4}}[-/.]\d{{1,2}}[-/.]\d{{1,2}}{_CLOCK}",
    rf"^{_PART}[-/.]{_PART}[-/.]\d{{4}}{_CLOCK}",
    rf"^{_PART}[-/]{_PART}[-/]\d{{2}}{_CLOCK}",
    rf"^[0-3]\d\.[0-3]\d\.\d{{2}}{_CLOCK}",
    r"^\d{4}-\d{2}-\d{2}T\d{2}.*$",
    rf"(?i)^([a-z]+,? )?\d{{1,2}}\.?[- ]?{_MONTHS}\.?[-, ]*('?\d{{2}}|\d{{4}}){_CLOCK}",
    rf"(?i)^([a-z]+,? )?{_MONTHS}\.? \d{{1,2}}(st|nd|rd|th)?,? \d{{4}}{_CLOCK}",
    rf"(?i)^({_MONTHS}[-/ ]'?\d{{2}}(\d{{2}})?|\d{{4}}[-/ ]{_MONTHS})$",
    r"^\d{4}[-/]\d{2}$",
    r"(?i)^(\d{4}-?(q[1-4]|w\d{2}(-?\d)?)|q[1-4][- /]?\d{4})$",
    r"^\d{8}T\d{4,6}Z?$",
    _TIME_OF_DAY,
)

_YEAR: Final = 365.2425 * 86400
_FIRST, _LAST = 20 * _YEAR, 70 * _YEAR
"""From 1990 to 2040, in seconds since 1970."""

_UNITS: Final = {"seconds": 1.0, "milliseconds": 1e-3, "microseconds": 1e-6, "nanoseconds": 1e-9}
_UNUSUAL_UNITS: Final = {"thousands of seconds": 1e3, "minutes": 60.0, "hours": 3600.0, "days": 86400.0}
_EXCEL_DAYS: Final = 25_569
"""Days from the beginning of 1900, as spreadsheets count them, to 1970."""

_TIME_NAMES: Final = re.compile(
    r"(?i)epoch|unix|(time|date).?stamp|(^|[^a-z])ts($|[^a-z])|(^|[^a-z])(date|datetime)($|[^a-z])|[a-z](?-i:Date|Time)$"
)
_MONTH_AND_DAY: Final = (12, 31)


def are_moments(words: Any) -> bool:
    """Whether nearly all texts are dates or times."""
    found = words.drop_null()
    return len(found) > 0 and any(
        _share(found.slice(0, SAMPLE), form) >= ENOUGH and _share(found, form) >= ENOUGH for form in _FORMS
    )


def are_times_of_day(words: Any) -> bool:
    """Whether nearly all texts are times without a date."""
    found = words.drop_null()
    return len(found) > 0 and _share(found, _TIME_OF_DAY) >= ENOUGH


def moment_of(numbers: NDArray[np.float64], name: str) -> str | None:
    """Say what kind of time the numbers are, if they are one; numbers without NaN."""
    kind = _moment_of(numbers[:SAMPLE], name)
    return kind and _moment_of(numbers, name)


def _moment_of(numbers: NDArray[np.float64], name: str) -> str | None:
    whole = bool((numbers % 1 == 0).all())
    if whole and (_are_dates(numbers) or _are_dates(numbers // 1_000_000)):
        return f"dates such as {numbers[0]:.0f}"
    if whole and _are_months(numbers):
        return f"months such as {numbers[0]:.0f}"
    for unit, seconds in _UNITS.items():
        if _between(numbers * seconds) and (whole or unit == "seconds"):
            return f"{unit} since 1970, such as {numbers[0]:.0f}"
    if _TIME_NAMES.search(name):
        if _between((numbers - _EXCEL_DAYS) * _UNUSUAL_UNITS["days"]):
            return f"days since 1900, such as {numbers[0]:.0f}"
        for unit, seconds in _UNUSUAL_UNITS.items():
            if _between(numbers * seconds):
                return f"{unit} since 1970, such as {numbers[0]:.0f}"
    return None


def read_moments(texts: Any, *, day_first: bool) -> "pd.Series[pd.Timestamp]":
    """Return an Arrow array of texts as times, NaT for what is none."""
    encoded = pa.array(texts).dictionary_encode()
    found = pd.Series(encoded.dictionary.to_pylist(), dtype=object)
    times = pd.to_datetime(found, format="mixed", dayfirst=day_first, errors="coerce", utc=True)
    codes = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False)
    nothing = pd.Series([pd.NaT]).dt.tz_localize("UTC")
    known: pd.Series[pd.Timestamp] = pd.concat([times, nothing], ignore_index=True)
    return known.take(codes).reset_index(drop=True)


def day_is_first(texts: Any) -> bool | None:
    """Say whether 01/02/2024 is the first of February; None where the texts don't say it."""
    found = pc.extract_regex(
        texts.unique().drop_null(), r"^(?P<a>\d{1,2})(?P<mark>[-/.])(?P<b>\d{1,2})[-/.]\d{2}"
    )
    found = found.drop_null()
    if not len(found):
        return False
    first, second = (pc.max(pc.struct_field(found, each).cast(pa.int64())).as_py() for each in "ab")
    if first > _MONTH_AND_DAY[0]:
        return True
    if second > _MONTH_AND_DAY[0]:
        return False
    return True if pc.struct_field(found, "mark")[0].as_py() == "." else None


def _share(texts: Any, form: str) -> float:
    return float(pc.mean(pc.match_substring_regex(texts, form)).as_py())


def _between(seconds: NDArray[np.float64]) -> bool:
    return bool(((seconds >= _FIRST) & (seconds <= _LAST)).all())


def _are_months(numbers: NDArray[np.float64]) -> bool:
    years, months = numbers // 100, numbers % 100
    return bool(((years >= 1900) & (years <= 2100) & (months >= 1) & (months <= _MONTH_AND_DAY[0])).all())  # noqa: PLR2004


def _are_dates(numbers: NDArray[np.float64]) -> bool:
    days = numbers % 100
    return _are_months(numbers // 100) and bool(((days >= 1) & (days <= _MONTH_AND_DAY[1])).all())
