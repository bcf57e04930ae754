"""What the name of a column says: an index, an id, a part of a date, a reading of the clock."""

import re
from typing import Final

import numpy as np
from numpy.typing import NDArray

_INDEX: Final = re.compile(
    r"|Unnamed: \d+(\.\d+)*|__index_level_\d+__|level_\d+|index|rownames|row_?names?|_c0"
)
_NUMBERED: Final = (
    "row|account|phone|customer|client|user|member|order|invoice|policy|contract|ticket|patient|employee"
)
_ID: Final = re.compile(
    r"(.*[^A-Za-z])?(?i:id|ids|uuid|guid|key|pk|rownum|row_?id|serial(no)?|(tele)?phone|mobile|msisdn|iban|ssn"
    rf"|({_NUMBERED})[ _.-]?(no|nr|number)\.?)|.*[a-z](Id|ID|Key)"
)
_PARTS: Final = {
    "year": ({"year", "yr", "yyyy"}, 1800, 2200),
    "month": ({"month", "mon", "mm"}, 1, 12),
    "day": ({"day", "dd"}, 1, 31),
    "week": ({"week"}, 1, 53),
    "quarter": ({"quarter", "qtr"}, 1, 4),
}
_YEARS: Final = (1950, 2050)
_FEW_YEARS: Final = 10
_FOLLOWING: Final = 0.5
"""The correlation of years with the order of their rows from which on they follow it."""

_HOURS: Final = ({"hour", "hr", "hh"}, 0, 24)
_MINUTES: Final = ({"minute"}, 0, 59)
_DIGITS: Final = {"time", "hhmm", "clock"}
"""What columns are called whose numbers may be times of day: 515 for 05:15."""

_ENOUGH_DIGITS: Final = 20
"""So many different numbers are not times of day by chance."""
_WORDS: Final = re.compile(r"[^a-z]+")


def is_index(name: str) -> bool:
    """Whether a column is the row numbers that a table was saved with."""
    return _INDEX.fullmatch(name) is not None


def is_id(name: str) -> bool:
    """Whether a column is called as ids are."""
    return _ID.fullmatch(name) is not None


def part_of_date(name: str, numbers: NDArray[np.float64]) -> str | None:
    """Say which part of a date whole numbers are, by name and range; of years that go by, by range alone."""
    words = _words_of(name)
    for part, (names, low, high) in _PARTS.items():
        if words & names and _within(numbers, low, high):
            return part
    passes = _within(numbers, *_YEARS) and len(np.unique(numbers)) > 1 and years_pass(numbers)
    return "year" if passes else None


def years_pass(numbers: NDArray[np.float64]) -> bool:
    """Whether years may be those of their rows: they are few, or follow the rows' order."""
    if np.ptp(numbers) <= _FEW_YEARS:
        return True
    return abs(float(np.corrcoef(np.arange(len(numbers)), numbers)[0, 1])) >= _FOLLOWING


def named_as_clock(name: str, numbers: NDArray[np.float64]) -> bool:
    """Whether whole numbers are hours, minutes, or times of day in digits, by name and by range."""
    words = _words_of(name)
    if "per" in words:
        return False
    if any(words & names and _within(numbers, low, high) for names, low, high in (_HOURS, _MINUTES)):
        return True
    are_times = _within(numbers, 0, 2400) and _within(numbers % 100, 0, 59) and numbers.max() >= 100  # noqa: PLR2004
    return bool(words & _DIGITS) and are_times and len(np.unique(numbers)) >= _ENOUGH_DIGITS


def _words_of(name: str) -> set[str]:
    return {*_WORDS.split(re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower())}


def _within(numbers: NDArray[np.float64], low: int, high: int) -> bool:
    return bool(((numbers >= low) & (numbers <= high)).all())
