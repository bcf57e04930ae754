"""What numbers are: a feature, times, what only tells rows apart, or text by what stands beside them."""

from typing import Any, Final

import numpy as np
import pyarrow.compute as pc
from numpy.typing import NDArray

from dataset.proposal.epochs import epoch_of
from dataset.proposal.evidence import CONSTANT, MOST_SHOWN, Evidence, cell_of, left_out
from dataset.proposal.moments import ENOUGH, HALF, spread
from dataset.proposal.names import is_id, is_index, named_as_clock, part_of_date, years_pass
from dataset.table.column import LARGEST_WHOLE, Column
from dataset.table.reading import without_numbers

ADVICE: Final = "leave it out, or say drift: {ignore: true}"

ROUNDED: Final = 1e16
"""Whole numbers from here on are shown with an exponent."""

_BLANK: Final = r"[\s\x{a0}\x{202f}]*"
_UNIT: Final = r"(?:\p{L}{0,3}\p{Sc}\p{L}?|%|‰|[°\p{L}][\p{L}²³/.%]{0,9})"
_CURRENCY: Final = r"(?:\p{L}{0,3}\p{Sc}|[A-Z]{3}|Rs\.?)"
_SIGNED: Final = (
    rf"^(?P<before>[-+(]?(?:{_CURRENCY}{_BLANK})?)"
    r"[-+]?\d[\d.,' \x{a0}\x{202f}]*"
    rf"(?P<unit>(?:{_BLANK}{_UNIT})?(?:\)|{_BLANK}-|{_BLANK}\*{{1,3}})?)$"
)
"""A number with the sign of a currency, a unit or a footnote, in brackets, or with a minus behind it."""

_CODE: Final = r"^\p{L}+\d+$"
FEW_CODES: Final = 10

_BARE: Final = r"^[-+]?[\d.,' \x{a0}\x{202f}]*$"
"""A number without any of it, or a version such as 1.2.3."""


def evidence_of_numbers(name: str, column: Column, values: NDArray[np.float64]) -> Evidence:
    """Say whether numbers, with NaN where there are none, are a feature."""
    values = without_numbers(values, column.reading.missing)
    numbers = values[np.isfinite(values)]
    if not numbers.size:
        return left_out("has no values")
    whole = bool((numbers % 1 == 0).all())
    if when := epoch_of(numbers, name):
        return left_out(f"holds times: {when.about}")
    why_not = _numbering(name, numbers, len(values)) if whole else None
    if why_not is not None:
        return left_out(why_not)
    low, high = _shown(numbers.min()), _shown(numbers.max())
    warning = _warning(name, numbers) if whole else None
    why = f"{low} to {high}" if low != high else f"always {low}" + ("" if warning else f"; {CONSTANT}")
    infinite = tuple(cell_of(column, row) for row in np.flatnonzero(np.isinf(values))[:MOST_SHOWN])
    clock = whole and named_as_clock(name, numbers)
    return Evidence("numerical", why, warning, infinite, named_as_clock=clock)


def about_signs(words: Any) -> str | None:
    """Warn of numbers that are text only by what stands beside all or some of them, and say what to do."""
    there = words.drop_null()
    if pc.mean(pc.match_substring_regex(spread(there), _SIGNED)).as_py() < HALF:
        return None
    found = pc.extract_regex(there, _SIGNED)
    fitting = pc.is_valid(found)
    signed = there.filter(pc.and_not(fitting, pc.match_substring_regex(there, _BARE)))
    if len(found) - found.null_count < ENOUGH * len(found) or not len(signed):
        return None
    units = {
        mark.strip(" \xa0\u202f+-()*")
        for side in ("before", "unit")
        for mark in pc.struct_field(found, side).unique().drop_null().to_pylist()
    } - {""}
    if _are_letters_of_codes(units, all_have_one=len(signed) == len(there)) or _are_few_codes(signed):
        return None
    told = f"numbers such as {signed[0].as_py()!r} are text"
    if len(units) > 1:
        return f"{told}, and their units differ: {', '.join(sorted(units)[:5])}"
    minus = pc.any(pc.match_substring_regex(signed, r"[)-]$")).as_py()
    return f"{told}; write only the number{', with a minus before it,' if minus else ''} to have numbers"


def _are_letters_of_codes(units: set[str], *, all_have_one: bool) -> bool:
    """Whether texts are codes such as 12B and 14C, or 12 and 14B, and not numbers with a unit."""
    if not units or not all(unit.isalpha() for unit in units):
        return False
    return len(units) > 1 or (not all_have_one and all(len(unit) == 1 for unit in units))


def _are_few_codes(signed: Any) -> bool:
    """Whether texts are a few codes with letters in front, such as PAL0708 and PAL0809."""
    different = signed.unique()
    return len(different) <= FEW_CODES and pc.all(pc.match_substring_regex(different, _CODE)).as_py()


def _numbering(name: str, numbers: NDArray[np.float64], rows: int) -> str | None:
    """Say why whole numbers only tell rows apart, if they do."""
    if is_index(name):
        return "is named as the row numbers that a table is saved with"
    steps = np.diff(np.sort(numbers))
    if len(numbers) > 1 and len(numbers) >= ENOUGH * rows and bool((steps == 1).all()):
        return "numbers the rows"
    distinct = 1 + int((steps > 0).sum())
    if is_id(name) and distinct >= ENOUGH * len(numbers):
        return f"is an id: {distinct:,} different ones in {len(numbers):,} rows"
    if np.abs(numbers).max() > LARGEST_WHOLE:
        return "holds whole numbers beyond 2^53, as ids are; a float holds them only roughly"
    return None


def _warning(name: str, numbers: NDArray[np.float64]) -> str | None:
    """Warn of numbers that differ from month to month by what they are."""
    part = part_of_date(name, numbers)
    if part == "year" and not years_pass(numbers):
        return f"a year may drift: if it is that of the row, and not of a birth or a building, {ADVICE}"
    if part:
        return f"a {part} always drifts: {ADVICE}"
    if is_id(name):
        return "is called as an id; leave it out if its numbers only say whom a row is about"
    steps = np.diff(numbers)
    if len(steps) > 1 and bool((steps > 0).all()):
        return f"its numbers grow from row to row, as those of a sequence, so it always drifts: {ADVICE}"
    return None


def _shown(number: float) -> str:
    return f"{number:.0f}" if number % 1 == 0 and abs(number) < ROUNDED else f"{number:g}"
