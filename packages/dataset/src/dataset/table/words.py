"""What cells of text stand for: a missing value, or yes and no."""

from collections.abc import Sequence
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

EMPTY: Final = ""

MISSING: Final = (
    *(EMPTY, "na", "nan", "null", "none", "nil", "n/a", "n.a.", "<na>", "nat", "(null)", r"\n"),
    *("?", "-", "--", "\u2013", "\u2014", "."),
    *("#n/a", "#na", "#div/0!", "#value!", "#ref!", "#num!", "#name?", "#null!"),
)
"""How a missing number, boolean or time may be written, in upper or lower case."""

UNMISTAKABLE: Final = (
    *("nan", "null", "n/a", "<na>", "(null)", r"\n", "?"),
    *("#n/a", "#na", "#div/0!", "#value!", "#ref!", "#num!", "#name?", "#null!"),
)
"""Those that are no value of a category, either; `none`, `na` and `-` may be one."""

FALSE: Final = ("false", "f", "no", "n", "off", "0", "0.0")
TRUE: Final = ("true", "t", "yes", "y", "on", "1", "1.0")
FLAGS: Final = (*FALSE, *TRUE)
"""How a boolean may be written, in upper or lower case."""

DIGITS: Final = ("0", "0.0", "1", "1.0")
"""Those that may be numbers as well."""


def trimmed(texts: Any) -> Any:
    """Return the texts without the blanks around them, of whatever alphabet."""
    return pc.utf8_trim_whitespace(texts)


def without(texts: Any, marks: tuple[str, ...]) -> Any:
    """Return trimmed texts, with null for those that are one of the marks, in upper or lower case."""
    found = pc.is_in(pc.utf8_lower(texts), pa.array(marks, pa.string()))
    return pc.if_else(found, pa.scalar(None, pa.string()), texts)


def lowered(marks: Sequence[str] | None) -> tuple[str, ...]:
    """Return marks as `without` compares them."""
    return tuple(mark.strip().lower() for mark in marks or ())


def flags(texts: Any) -> Any:
    """Return 1.0 for yes, 0.0 for no, and null for what is neither, of trimmed texts."""
    place = pc.index_in(pc.utf8_lower(texts), pa.array(FLAGS, pa.string()))
    return pc.greater_equal(place, len(FALSE)).cast(pa.float64())


def are_flags(texts: Any) -> bool:
    """Whether every text that is there is yes or no, and one at least is written in letters."""
    words = pc.utf8_lower(texts).unique().drop_null()
    if len(words) == 0 or len(words) > len(FLAGS):
        return False
    found = set(words.to_pylist())
    return found <= set(FLAGS) and not found <= set(DIGITS)
