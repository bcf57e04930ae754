"""Numbers as text: with a decimal point or a comma, with or without marks between thousands."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from contract.schema import Decimal

Mask = NDArray[np.bool_]

_BETWEEN: Final[dict[Decimal, str]] = {".": ",' \u00a0\u202f\u2019", ",": ".' \u00a0\u202f\u2019"}
"""What may stand between thousands, by the decimal mark."""

MINUS: Final = "\u2212"
"""The sign that typesetters use."""

_DECIMAL_MARKS: Final[tuple[Decimal, Decimal]] = (".", ",")


def _form(decimal: Decimal) -> str:
    mark, between = rf"\{decimal}", _BETWEEN[decimal]
    whole = rf"[1-9]\d{{0,2}}([{between}]\d{{3}})+({mark}\d*)?|\d+({mark}\d*)?|{mark}\d+"
    if decimal == ".":
        whole += r"|[1-9]\d?(,\d{2})+,\d{3}(\.\d*)?"  # 12,34,567, as in India
    return rf"(?i)^[+\-{MINUS}]?(({whole})(e[+-]?\d+)?|inf|infinity)$"


@dataclass(frozen=True, slots=True)
class Numbers:
    """Numbers of a column, an array of float64 with null where there is none."""

    values: Any
    bad: Mask
    """The texts that are no numbers."""

    decimal: Decimal = "."
    certain: bool = True
    """Whether the other decimal mark would not make other numbers of them."""
    plain: bool = False
    """Whether each is written with a point or without decimals, and nothing between thousands."""


def read_numbers(texts: Any, decimal: Decimal | None = None) -> Numbers:
    """Read trimmed texts as numbers, by the decimal mark under which most of them are numbers.

    Where both fit, it is `decimal`, or else the point.
    """
    plain = plain_numbers(texts, decimal)
    if plain is not None:
        return plain
    fits = {mark: _fits(texts, _form(mark)) for mark in _DECIMAL_MARKS}
    fitting = {mark: int(found.sum()) for mark, found in fits.items()}
    best = decimal or "."
    other: Decimal = "." if best == "," else ","
    if fitting[other] > fitting[best]:
        best, other = other, best
    differ = fits[best] & fits[other] & _has_mark(texts)
    certain = bool(fitting[best] > fitting[other] or not differ.any())
    kept = pc.if_else(pa.array(fits[best]), texts, pa.scalar(None, pa.string()))
    plain_form = best == "." and not pc.any(pc.match_substring_regex(kept, rf"[{_BETWEEN['.']}]")).as_py()
    return Numbers(_parsed(kept, best), ~fits[best], best, certain, plain_form)


def notation(numbers: Numbers, learned_from: str | None = None) -> str:
    """Say how numbers are written that are not plain; doubtful ones may be read as another column is."""
    how = "a comma before their decimals" if numbers.decimal == "," else "marks between their thousands"
    if numbers.certain:
        return how
    like = "" if learned_from is None else f", as those of {learned_from!r} have"
    return f"{how}{like}, though they could be read in two ways: `decimal` says how"


def points_may_separate(texts: Any) -> bool:
    """Whether all points in trimmed texts may stand between thousands, as in 8.654, and one is there."""
    pointed = texts.filter(pc.match_substring(texts, "."))
    return bool(
        len(pointed) and _fits(pointed.slice(0, 1), _form(",")).all() and _fits(pointed, _form(",")).all()
    )


def plain_numbers(texts: Any, decimal: Decimal | None = None) -> Numbers | None:
    """Read texts of which each is a number with a point, or without decimals; None where they are not."""
    if decimal == "," and pc.any(pc.match_substring(texts, ".")).as_py():
        return None
    try:
        return Numbers(texts.cast(pa.float64()), np.zeros(len(texts), dtype=bool), plain=True)
    except pa.ArrowInvalid:
        return None


def _fits(texts: Any, form: str) -> Mask:
    """Say of each text whether it has the form; of a missing one, that it has."""
    return _mask(pc.fill_null(pc.match_substring_regex(texts, form), True))


def _has_mark(texts: Any) -> Mask:
    return _mask(pc.fill_null(pc.match_substring_regex(texts, r"[.,]"), False))


def _mask(values: Any) -> Mask:
    mask: Mask = np.asarray(values.to_numpy(zero_copy_only=False), dtype=bool)
    return mask


def _parsed(kept: Any, decimal: Decimal) -> Any:
    kept = pc.replace_substring(kept, MINUS, "-")
    for mark in _BETWEEN[decimal]:
        kept = pc.replace_substring(kept, mark, "")
    return pc.replace_substring(kept, ",", ".").cast(pa.float64())
