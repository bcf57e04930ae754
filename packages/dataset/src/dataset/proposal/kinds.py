"""Which kind a column has, by its cells."""

import json
import re
from dataclasses import replace
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from contract.task import Kind
from dataset.proposal.evidence import CONSTANT, MOST_SHOWN, Evidence, cell_of, left_out
from dataset.proposal.moments import ENOUGH, FEW_STRANGERS, HALF, are_moments, spread
from dataset.proposal.quantities import about_signs, evidence_of_numbers
from dataset.table.column import Column
from dataset.table.numbers import Numbers, notation, plain_numbers, read_numbers
from dataset.table.reading import floats, is_number, valid
from dataset.table.times import are_times, read_times
from dataset.table.words import UNMISTAKABLE, are_flags, without

MOST_CATEGORIES: Final = 10_000
"""Text with more different values than this counts as an id or as free text."""

FEW_CATEGORIES: Final = 100
"""Up to here each text may stand in one row only; of more, each stands in two rows on average."""

FEW_ZEROS: Final = 0.01
"""The share of codes with leading zeros from which on numbers are codes."""

FEW_NUMBERS: Final = 0.2
"""A sample with fewer numbers is of no column of numbers."""

_PLAIN_NAME: Final = re.compile(r"[A-Za-z]\w*( \w+)*")
"""A name that YAML takes for a text."""


def evidence_of(name: str, column: Column) -> Evidence:
    """Say what a column is taken for, and why."""
    if pa.types.is_null(column.type) or not valid(column.values).any():
        return left_out("has no values")
    if column.is_text:
        return _of_text(name, column)
    if column.encoded and pa.types.is_integer(column.type):
        return _categories(column, "categories of the file")
    if is_number(column.type):
        return evidence_of_numbers(name, column, floats(column.values.cast(pa.float64(), safe=False)))
    return _of_other_type(name, column)


def _of_other_type(name: str, column: Column) -> Evidence:
    kind = column.type
    if pa.types.is_boolean(kind):
        return Evidence("boolean", "true and false")
    if pa.types.is_temporal(kind) and not pa.types.is_duration(kind):
        return _of_times(name, column, f" ({kind})")
    return left_out(f"holds {kind}, which is no number, text or flag")


def label_kind(column: Column) -> Kind:
    """Return the kind of a label's values; as text, only true and false are booleans, and numbers numbers."""
    if not column.is_text:
        if pa.types.is_boolean(column.type):
            return "boolean"
        return "numerical" if is_number(column.type) and not column.encoded else "categorical"
    words = column.words()
    found = pc.utf8_lower(words).unique().drop_null()
    if len(found) and pc.all(pc.is_in(found, pa.array(["false", "true"]))).as_py():
        return "boolean"
    return "categorical" if read_numbers(words, column.reading.decimal).bad.any() else "numerical"


def _of_text(name: str, column: Column) -> Evidence:
    words = column.words()
    there = len(words) - words.null_count
    if not there:
        return left_out("has no values")
    found = plain_numbers(words, column.reading.decimal)
    if found is not None:
        return _of_written_numbers(name, column, words, found)
    if are_flags(words):
        return Evidence("boolean", _quoted(words), marks=_marks(column, words))
    if are_moments(words):
        return _of_times(name, column, f", such as {words.drop_null()[0].as_py()!r}")
    return _of_words(name, column, words, there)


def _of_times(name: str, column: Column, shown: str) -> Evidence:
    """Leave times out, and say what they are good for: those that each row has, and that have hours."""
    if not valid(column.values).all() or not _have_hours(spread(column.values)):
        return left_out(f"holds times{shown}")
    written = name if _PLAIN_NAME.fullmatch(name) else json.dumps(name, ensure_ascii=False)
    return left_out(
        f"holds times{shown}; if rows are of these times, `time: {written}` in schema.yaml compares windows "
        "with rows of like hours and weekdays"
    )


def _have_hours(values: Any) -> bool:
    """Whether schema.yaml's `time` can be read of values, and they are of several hours."""
    if not are_times(values.type):
        return False
    try:
        times = read_times(values, "UTC")
    except (ValueError, KeyError, OverflowError):  # as Column.times
        return False
    return bool(times.notna().all()) and times.dt.hour.nunique() > 1


def _of_words(name: str, column: Column, words: Any, there: int) -> Evidence:
    """Say whether texts, of which `there` are not missing, are numbers or categories."""
    if _share_of_numbers(words) < FEW_NUMBERS:
        return replace(_categories(column, ""), warning=about_signs(words))
    found = read_numbers(words, column.reading.decimal)
    numeric = there - int(found.bad.sum())
    if numeric < HALF * there or not _are_numbers(words, found, numeric / there):
        why = f"{numeric / there:.0%} are numbers" if numeric else ""
        return replace(_categories(column, why), warning=about_signs(words))
    return _of_written_numbers(name, column, words, found)


def _of_written_numbers(name: str, column: Column, words: Any, found: Numbers) -> Evidence:
    zeros = _leading_zeros(words)
    if zeros.size:
        why = f"codes, not numbers, for they have leading zeros: {cell_of(column, zeros[0])}"
        return replace(_categories(column, why), marks=_marks(column, words))
    told = evidence_of_numbers(name, column, floats(found.values))
    if told.kind is None:
        return told
    why = "; ".join(filter(None, [told.why, "" if found.plain else notation(found)]))
    bad = (cell_of(column, row) for row in np.flatnonzero(found.bad)[:MOST_SHOWN])
    decimal = found.decimal if found.decimal == "," or not found.certain else None
    strange = (*bad, *told.strange)[:MOST_SHOWN]
    return replace(told, why=why, strange=strange, decimal=decimal, marks=_marks(column, words))


def _share_of_numbers(words: Any) -> float:
    """Return the share of numbers among some texts from all over the column."""
    return 1.0 - float(read_numbers(spread(words.drop_null())).bad.mean())


def _are_numbers(words: Any, found: Numbers, share: float) -> bool:
    """Whether the texts that are no numbers are slips or marks, and not codes of another kind."""
    if share >= ENOUGH:
        return True
    others = pc.filter(words, pa.array(found.bad)).unique()
    has_digits = pc.any(pc.match_substring_regex(others, r"\d")).as_py()  # such as 80+, which is an answer
    return len(others) <= FEW_STRANGERS and not has_digits


def _categories(column: Column, why: str) -> Evidence:
    texts = column.texts()
    texts = without(texts, UNMISTAKABLE) if column.is_text else texts
    different = int(pc.count_distinct(texts).as_py())
    there = len(texts) - texts.null_count
    if not there:
        return left_out("has no values")
    is_few = different <= FEW_CATEGORIES and different < max(there, 2)
    if not is_few and (different > MOST_CATEGORIES or 2 * different > there):
        return left_out(f"has {different:,} different texts in {there:,} rows, as an id or free text has")
    told = [why, f"{different:,} different", CONSTANT if different == 1 else ""]
    return Evidence("categorical", "; ".join(filter(None, told)))


def _leading_zeros(words: Any) -> NDArray[np.intp]:
    """Return the rows of the codes with leading zeros: none where only a slip has one.

    They count where they are one in a hundred, or where all codes have the same number of digits.
    """
    found = pc.fill_null(pc.match_substring_regex(words, r"^0\d+$"), False)
    rows = np.flatnonzero(found.to_numpy(zero_copy_only=False))
    there = words.drop_null()
    lengths = pc.min_max(pc.utf8_length(there)).as_py() if rows.size else None
    counts = rows.size >= FEW_ZEROS * len(there) or (lengths and lengths["min"] == lengths["max"])
    return rows if counts else rows[:0]


def _marks(column: Column, words: Any) -> frozenset[str]:
    """Return what stands in the cells whose words are missing, in lower case."""
    lost = pc.and_(pc.is_valid(column.values), pc.is_null(words))
    found = pc.utf8_lower(pc.utf8_trim_whitespace(column.values.filter(lost))).unique().to_pylist()
    return frozenset(mark for mark in found if mark)


def _quoted(words: Any) -> str:
    *others, last = sorted(words.unique().drop_null().to_pylist())
    return f"{', '.join(others)} and {last}" if others else last
