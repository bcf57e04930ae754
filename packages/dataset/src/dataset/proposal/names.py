"""What the name of a column says: an index, an id, a part of a date."""

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
_WORDS: Final = re.compile(r"[^a-z]+")


def is_index(name: str) -> bool:
    """Whether a column is the row numbers that a table was saved with."""
    return _INDEX.fullmatch(name) is not None


def is_id(name: str) -> bool:
    """Whether a column is called as ids are."""
    return _ID.fullmatch(name) is not None


def part_of_date(name: str, numbers: NDArray[np.float64]) -> str | None:
    """Say which part of a date whole numbers are, by name and by range; years by range alone."""
    words = {*_WORDS.split(re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower())}
    for part, (names, low, high) in _PARTS.items():
        if words & names and _within(numbers, low, high):
            return part
    return "year" if _within(numbers, *_YEARS) and len(np.unique(numbers)) > 1 else None


def _within(numbers: NDArray[np.float64], low: int, high: int) -> bool:
    return bool(((numbers >= low) & (numbers <= high)).all())
