"""Dates and times as numbers: those since 1970, and digits such as 20240131."""

import re
from typing import Final, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dataset.proposal.moments import SAMPLE

_YEAR: Final = 365.2425 * 86400
_FIRST, _LAST = 20 * _YEAR, 70 * _YEAR
"""From 1990 to 2040, in seconds since 1970."""

_UNITS: Final = {"seconds": 1.0, "milliseconds": 1e-3, "microseconds": 1e-6, "nanoseconds": 1e-9}
_UNUSUAL_UNITS: Final = {"thousands of seconds": 1e3, "minutes": 60.0, "hours": 3600.0, "days": 86400.0}
_DAY: Final = 86400.0
_EXCEL_DAYS: Final = 25_569
"""Days from the beginning of 1900, as spreadsheets count them, to 1970."""

_DIGITS: Final = {"months": "%Y%m", "dates": "%Y%m%d", "times": "%Y%m%d%H%M%S"}
_TWO_DIGIT_YEARS: Final = "%y%m%d"
_DAY_FIRST: Final = "%d%m%Y"
_NO_TIME: Final = (0.0, -1.0)
"""What programs write where there is no time."""

_DATE_NAMES: Final = re.compile(
    r"(?i)(.*[^a-z])?(epoch|unix_?(time)?|(time|date)_?stamp|ts|dt|date|date_?time)(_?(utc|unix|epoch|s|sec|ms|us|ns))*"
    r"|(.*[^a-z])?date_of_[a-z]+|.*[a-z](?-i:Date|DateTime|Timestamp)"
)
"""What columns are called that hold dates, whatever unit they count: `order_date`, `epoch_ms`."""

_MOMENT_NAMES: Final = re.compile(r"(?i).*[^a-z](at|on)|.*[a-z](?-i:At)")
"""What columns are called besides that hold times: `created_at`."""

_FEW: Final = 10
_ROUND: Final = 1000.0
"""Seconds: amounts are often multiples of so much, and times are not."""


class Epoch(NamedTuple):
    """How numbers are times."""

    about: str
    """What they are, in the words of a sentence."""
    form: str = ""
    """Of digits, as strptime has it."""
    seconds: float = 1.0
    """How long a unit is; since `start`, in units since 1970."""
    start: float = 0.0

    def times(self, numbers: NDArray[np.float64]) -> "pd.Series[pd.Timestamp]":
        """Return the numbers as times in UTC; NaT for NaN and for what means no time."""
        known = pd.Series(np.where(np.isin(numbers, _NO_TIME), np.nan, numbers))
        if self.form:
            digits = known.astype("Int64").astype("string")
            widths = {_TWO_DIGIT_YEARS: 6, _DAY_FIRST: 8}
            padded = digits.str.zfill(widths.get(self.form, 0))
            return pd.to_datetime(padded, format=self.form, errors="coerce", utc=True)
        return pd.to_datetime((known - self.start) * self.seconds, unit="s", errors="coerce", utc=True)


def epoch_of(numbers: NDArray[np.float64], name: str) -> Epoch | None:
    """Say how numbers, without NaN, are times, if they are; some of them may be 0 or -1.

    Numbers since 1970 have times' range by chance as well. Unless their name says so, they are times only if
    they differ, and are not all round.
    """
    there = numbers[~np.isin(numbers, _NO_TIME)]
    if not len(there):
        return None
    found = _epoch_of(there[:SAMPLE], name)
    return found and _epoch_of(there, name)


def _epoch_of(numbers: NDArray[np.float64], name: str) -> Epoch | None:
    shown = f"such as {numbers[0]:.0f}"
    is_called_so = _DATE_NAMES.fullmatch(name) is not None
    if (numbers % 1 == 0).all() and (form := _form_of(numbers, is_called_so=is_called_so)):
        kind = next((kind for kind, known in _DIGITS.items() if known == form), "dates")
        return Epoch(f"{kind} {shown}", form)
    for unit, seconds in _UNITS.items():
        if _between(numbers * seconds) and (
            is_called_so or _MOMENT_NAMES.fullmatch(name) or _differ(numbers, _ROUND / seconds)
        ):
            return Epoch(f"{unit} since 1970, {shown}", seconds=seconds)
    if not is_called_so:
        return None
    if _between((numbers - _EXCEL_DAYS) * _DAY):
        return Epoch(f"days since 1900, {shown}", seconds=_DAY, start=_EXCEL_DAYS)
    for unit, seconds in _UNUSUAL_UNITS.items():
        if _between(numbers * seconds):
            return Epoch(f"{unit} since 1970, {shown}", seconds=seconds)
    return None


def _form_of(numbers: NDArray[np.float64], *, is_called_so: bool) -> str | None:
    """Return the form of whole numbers whose digits are dates."""
    if _are_dates(numbers, 1900, 2100):
        return _DIGITS["dates"]
    if _are_dates(numbers // 1_000_000, 1900, 2100):
        return _DIGITS["times"]
    if _are_months(numbers, 1900, 2100):
        return _DIGITS["months"]
    if not is_called_so:
        return None
    if _are_dates(numbers, 0, 99):
        return _TWO_DIGIT_YEARS
    day_first = numbers % 10_000 * 10_000 + numbers // 10_000 % 100 * 100 + numbers // 1_000_000
    return _DAY_FIRST if _are_dates(day_first, 1900, 2100) else None


def _differ(numbers: NDArray[np.float64], round_number: float) -> bool:
    """Whether many of the numbers are different, and not all are multiples of a round one."""
    different = len(np.unique(numbers)) >= min(_FEW, len(numbers) / 2)
    return different and bool((numbers % round_number != 0).any())


def _between(seconds: NDArray[np.float64]) -> bool:
    return bool(((seconds >= _FIRST) & (seconds <= _LAST)).all())


def _are_months(numbers: NDArray[np.float64], first: int, last: int) -> bool:
    years, months = numbers // 100, numbers % 100
    return bool(((years >= first) & (years <= last) & (months >= 1) & (months <= 12)).all())  # noqa: PLR2004


def _are_dates(numbers: NDArray[np.float64], first: int, last: int) -> bool:
    days = numbers % 100
    return _are_months(numbers // 100, first, last) and bool(((days >= 1) & (days <= 31)).all())  # noqa: PLR2004
