"""What cells of text stand for: a missing value, yes and no, or a category in another spelling."""

from collections.abc import Sequence
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

EMPTY: Final = ""

UNMISTAKABLE: Final = (
    *("nan", "null", "n/a", "<na>", "(null)", r"\n", "?"),
    *("#n/a", "#na", "#div/0!", "#value!", "#ref!", "#num!", "#name?", "#null!"),
)
"""What always means a missing value, in upper or lower case."""

NO_CLASSES: Final = (*UNMISTAKABLE, "na")
"""What is no class of a label, in upper or lower case."""

MISSING: Final = (
    *UNMISTAKABLE,
    *(EMPTY, "na", "none", "nil", "n.a.", "nat", "-", "--", "\u2013", "\u2014", "."),
)
"""How a missing number, boolean or time may be written; `none`, `na` and `-` may be categories."""

FALSE: Final = ("false", "f", "no", "n", "off", "0", "nein", "non", "não", "nee", "nej")
TRUE: Final = ("true", "t", "yes", "y", "on", "1", "ja", "oui", "si", "sí", "sì", "sim")
FLAGS: Final = (*FALSE, *TRUE)
"""How a boolean may be written, in upper or lower case."""

FLAG_WORDS: Final = (FALSE, TRUE)

DIGITS: Final = ("0", "1")
"""Those that may be numbers as well."""

_LETTERS: Final = ({"f", "t"}, {"n", "y"})
"""Single letters are flags in these pairs."""

_WHOLE: Final = r"^-?(0|[1-9]\d*)(\.0+)?$"
_WHOLE_AS_FLOAT: Final = r"^-?(0|[1-9]\d*)\.0+$"


def trimmed(texts: Any) -> Any:
    """Return the texts without the blanks around them, of whatever alphabet."""
    return pc.utf8_trim_whitespace(texts)


def without(texts: Any, marks: tuple[str, ...]) -> Any:
    """Return trimmed texts, with null for those that are one of the marks, in upper or lower case."""
    found = pc.is_in(pc.utf8_lower(texts), pa.array(marks, pa.string()))
    return pc.if_else(found, pa.scalar(None, pa.string()), texts)


def without_new_marks(texts: Any, known: Sequence[str] | None) -> tuple[Any, list[str]]:
    """Return trimmed texts without unmistakable marks that are no known category, and a sentence if any was.

    Where no category is known, each text is one.
    """
    if not known:
        return texts, []
    kept = without(texts, tuple({*UNMISTAKABLE} - {*lowered(known)}))
    lost = texts.filter(pc.and_(pc.is_valid(texts), pc.is_null(kept)))
    if not len(lost):
        return texts, []
    marks = ", ".join(map(repr, sorted(lost.unique().to_pylist())))
    return kept, [f"{marks}: read as missing, in {len(lost):,} rows, for the reference has no such category"]


def lowered(marks: Sequence[str] | None) -> tuple[str, ...]:
    """Return marks as `without` compares them."""
    return tuple(mark.strip().lower() for mark in marks or ())


def flags(texts: Any) -> Any:
    """Return 1.0 for yes, 0.0 for no, and null for what is neither, of trimmed texts."""
    place = pc.index_in(_bare(texts), pa.array(FLAGS, pa.string()))
    return pc.greater_equal(place, len(FALSE)).cast(pa.float64())


def are_flags(texts: Any) -> bool:
    """Whether every text that is there is yes or no, and one at least is written in letters.

    Several words of one side differ in something else, and so do letters of two pairs, such as F, N and Y.
    """
    words = _bare(texts).unique().drop_null()
    if len(words) == 0 or len(words) > len(FLAGS):
        return False
    found = set(words.to_pylist())
    return not found <= set(DIGITS) and _are_of_pairs(found)


def _are_of_pairs(words: set[str]) -> bool:
    """Whether words in lower case are yes and no, or only one word of either."""
    if not words <= set(FLAGS) or (len(words) > 1 and any(words <= set(side) for side in FLAG_WORDS)):
        return False
    letters = {word for word in words if len(word) == 1} - set(DIGITS)
    return any(letters <= pair for pair in _LETTERS)


def _bare(texts: Any) -> Any:
    """Return texts in lower case, with 1 for 1.0 and 1.00."""
    return pc.replace_substring_regex(pc.utf8_lower(texts), r"^([01])\.0+$", r"\1")


def whole_codes(texts: Any) -> tuple[Any, list[str]]:
    """Return codes without `.0` where all texts are whole numbers, and a sentence where one was changed.

    A file has 1.0 for 1 where whatever wrote it read a null beside the codes. Codes with leading zeros stay.
    """
    found = texts.unique().drop_null()
    if len(found) == 0 or not pc.all(pc.match_substring_regex(found, _WHOLE)).as_py():
        return texts, []
    if not pc.any(pc.match_substring_regex(found, _WHOLE_AS_FLOAT)).as_py():
        return texts, []
    return pc.replace_substring_regex(texts, r"\.0+$", ""), ["codes such as 1.0 are read as 1"]


def as_known(texts: Any, known: Sequence[str]) -> tuple[Any, list[str]]:
    """Return texts in the spelling of the known categories, and a sentence where one was changed.

    The same code may be written 1 and 1.0, and where all categories are flags, the same flag yes and 1.
    """
    found = [text for text in texts.unique().to_pylist() if text is not None]
    spelled = _spellings(found, known)
    changed = {text: name for text, name in spelled.items() if text != name}
    if not changed:
        return texts, []
    place = pc.index_in(texts, pa.array(list(changed), pa.string()))
    names = pa.array(list(changed.values()), pa.string()).take(place)
    old, new = next(iter(changed.items()))
    return pc.coalesce(names, texts), [f"{old!r} is read as {new!r}, as it is written in the reference"]


def _spellings(found: Sequence[str], known: Sequence[str]) -> dict[str, str]:
    """Give the known category of each text that is another spelling of one."""
    exact = set(known)
    flags = {_code(text.lower()): text for text in known}
    by_meaning = {text in TRUE: name for text, name in flags.items()}
    if _are_of_pairs({*flags}) and len(by_meaning) == len(flags) == len(FLAG_WORDS):
        return {
            text: by_meaning[_code(text.lower()) in TRUE]
            for text in found
            if text not in exact and _code(text.lower()) in FLAGS
        }
    codes = {_code(name): name for name in known}
    return {text: codes[_code(text)] for text in found if text not in exact and _code(text) in codes}


def _code(text: str) -> str:
    """Give a whole number without `.0`, and any other text as it is."""
    whole, dot, decimals = text.partition(".")
    digits = whole.removeprefix("-")
    is_whole = dot and decimals and not decimals.strip("0") and digits.isdecimal()
    return whole if is_whole and (digits == "0" or digits[0] != "0") else text
