"""Dates and times as text, whatever form they have."""

from typing import Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

ENOUGH: Final = 0.95
"""The share of a column's cells from which on they decide what the column is."""

HALF: Final = 0.5
FEW_STRANGERS: Final = 3
"""So many different texts among numbers or times are marks of something; more of them are of another kind."""

SAMPLE: Final = 1000

_MONTHS: Final = {
    "Jan": "jan(uary?|uari)?|jänner|janv(ier)?|ene(ro)?|gennaio|janeiro",
    "Feb": "feb(ruary?|ruari|rero|braio)?|fév(r(ier)?)?|fev(ereiro)?",
    "Mar": "mar(ch|s|zo|ço)?|märz?|mrz|maart|mrt",
    "Apr": "apr(ile?)?|avr(il)?|abr(il)?",
    "May": "mayo?|maio?|mei|mag(gio)?",
    "Jun": "jun[ei]?|juin|junio|junho|giu(gno)?",
    "Jul": "jul[yi]?|juil(let)?|julio|julho|lug(lio)?",
    "Aug": "aug(ust|ustus)?|août|agosto",
    "Sep": "sept?(ember|embre|iembre)?|setembro|settembre",
    "Oct": "o[ck]t(ober|obre|ubre)?|outubro|ott(obre)?",
    "Nov": "nov(ember|embre|iembre|embro)?",
    "Dec": "de[cz](ember|embro)?|déc(embre)?|dic(iembre|embre)?",
}
"""The months in English, German, French, Spanish, Portuguese, Italian and Dutch."""

_CLOCK: Final = r"(\.?[T ,:_-]+\d{1,2}[:.]\d{2}.*)?$"
_SHORT: Final = {"Jan": "gen", "Aug": "ago", "Sep": "set", "Oct": "out"}
"""Months in Italian, Spanish and Portuguese that are words of other things, too; they need a year."""

_MONTH: Final = rf"({'|'.join(_MONTHS.values())})\b\.?"
_MONTH_OF_YEAR: Final = rf"({'|'.join([*_MONTHS.values(), *_SHORT.values()])})\b\.?"
_DAY_NAME: Final = r"(\p{L}+\.?,? )?"
"""The name of a day of the week."""
_TIME_OF_DAY: Final = r"^([01]?\d|2[0-3]):[0-5]\d(:\d{2}(\.\d+)?)?( ?[ap]\.?m\.?)?$"
_PART: Final = r"(0?[1-9]|[12]\d|3[01])"
"""A day or a month."""

_TWO_DIGITS: Final = r"(0[1-9]|[12]\d|3[01])"

_FORMS: Final = (
    rf"^{_DAY_NAME}\d{{4}}[-/.]{_PART}[-/.]{_PART}{_CLOCK}",
    rf"^{_DAY_NAME}{_PART}[-/.]{_PART}[-/.]\d{{4}}{_CLOCK}",
    rf"^{_PART}[-/]{_PART}[-/]\d{{2}}{_CLOCK}",
    rf"^{_TWO_DIGITS}\.{_TWO_DIGITS}\.\d{{2}}{_CLOCK}",
    r"^\d{4}-\d{2}-\d{2}T\d{2}.*$",
    rf"^{_DAY_NAME}\d{{1,2}}\.?[-/ ]?{_MONTH_OF_YEAR}[-/, ]*('?\d{{2}}|\d{{4}}){_CLOCK}",
    rf"^{_DAY_NAME}{_MONTH_OF_YEAR} \d{{1,2}}(st|nd|rd|th)?,? \d{{4}}{_CLOCK}",
    rf"^{_DAY_NAME}{_MONTH} +\d{{1,2}} \d{{1,2}}:\d{{2}}:\d{{2}}( \w+)? \d{{4}}$",
    rf"^({_MONTH}[-/ ]'?(\d{{1,2}}|\d{{4}})|\d{{4}}[-/ ]{_MONTH}|\d{{1,2}}\.?[- ]{_MONTH})$",
    r"^(\d{4}[-/](0[1-9]|1[0-2])|(0?[1-9]|1[0-2])[-/]\d{4})$",
    r"^(\d{4}-?(q[1-4]|w\d{2}(-?\d)?)|q[1-4][- /]?\d{4})$",
    r"^\d{8}[T_]\d{4,6}Z?$",
    r"^(19|20)\d{2}-(00[1-9]|0[1-9]\d|[12]\d\d|3[0-5]\d|36[0-6])$",
    _TIME_OF_DAY,
)
_ANY_FORM: Final = "|".join(f"({form})" for form in _FORMS)
_LAST_MONTH: Final = 12
_LAST_DAY: Final = 31

_SHORT_YEAR: Final = rf"^({'|'.join(_MONTHS)})([-/]'?| ')"
"""A month in English before the two digits of its year."""

_PLAINER: Final = (
    (r"^[\[( ]+|[\]) ]+$", ""),
    (r" \(\p{L}+\.?$", ""),
    (r"^(\d{4}) ?[年년] ?(\d{1,2}) ?[月월] ?(\d{1,2}) ?[日일]", r"\1-\2-\3"),
    (r"^(\d{4}) ?[年년] ?(\d{1,2}) ?[月월]$", r"\1-\2"),
    (r"^(\d{4})(?:\. | )(\d{1,2})(?:\. | )(\d{1,2})\b\.?", r"\1-\2-\3"),
    (r"^(\d{1,2}) (\d{1,2}) (\d{4})\b", r"\1/\2/\3"),
    (r"^\p{L}+\.?,? (\d{1,4}[-/.]\d{1,2}[-/.]\d|\d{1,2}\.?[-/ ]?\p{L}{3})", r"\1"),
    (r"^(\d{1,2})/(\p{L}+)/(\d{4}):", r"\1 \2 \3 "),
    (r"^(\d{8})_(\d{2})(\d{2})", r"\1T\2\3"),
    (r"(?i)^q([1-4])[- /]?(\d{4})$", r"\2Q\1"),
    (r"(:\d{2}) ?(?i:uhr|hrs?|h)\.?$", r"\1"),
    (r"[- ](\d{1,2})\.(\d{2})(\.(\d{2}))?( ?[AaPp][Mm])?$", r" \1:\2\5"),
)
"""Forms of times that pandas doesn't read, and what it reads: no brackets, no days' names, colons."""


def are_moments(words: Any) -> bool:
    """Whether texts are dates or times: nearly all, or half where the rest is a few different marks."""
    found = words.drop_null()
    if not len(found) or _share(_plain(spread(found)), _ANY_FORM) < HALF:
        return False
    fitting = pc.match_substring_regex(_plain(found), _ANY_FORM, ignore_case=True)
    share = float(pc.mean(fitting).as_py())
    if share >= ENOUGH:
        return True
    others = pc.filter(found, pc.invert(fitting)).unique()
    has_digits = pc.any(pc.match_substring_regex(others, "[1-9]")).as_py()  # as other codes of the same kind
    return share >= HALF and len(others) <= FEW_STRANGERS and not has_digits


def are_times_of_day(words: Any) -> bool:
    """Whether nearly all texts are times without a date."""
    found = words.drop_null()
    return len(found) > 0 and _share(found, _TIME_OF_DAY) >= ENOUGH


def spread(found: Any) -> Any:
    """Return up to 1,000 values from all over an Arrow array."""
    return found.take(pa.array(np.unique(np.linspace(0, len(found) - 1, SAMPLE).astype(np.int64))))


def read_moments(texts: Any, *, day_first: bool) -> "pd.Series[pd.Timestamp]":
    """Return an Arrow array of texts as times, NaT for what is none."""
    encoded = pa.array(texts).dictionary_encode()
    found = pd.Series(_in_english(encoded.dictionary).to_pylist(), dtype=object)
    times = pd.to_datetime(found, format="mixed", dayfirst=day_first, errors="coerce", utc=True)
    codes = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False)
    nothing = pd.Series([pd.NaT]).dt.tz_localize("UTC")
    known: pd.Series[pd.Timestamp] = pd.concat([times, nothing], ignore_index=True)
    return known.take(codes).reset_index(drop=True)


def _in_english(texts: Any) -> Any:
    """Return texts in plain forms, with English months."""
    texts = _plain(texts)
    for english, names in [*_MONTHS.items(), *_SHORT.items()]:
        texts = pc.replace_substring_regex(texts, rf"(?i)\b({names})\b\.?", english)
    for years, century in (("[0-6]", "20"), ("[7-9]", "19")):
        texts = pc.replace_substring_regex(texts, rf"{_SHORT_YEAR}({years}\d)$", rf"\1 {century}\3")
    return texts


def _plain(texts: Any) -> Any:
    """Return texts in the forms that pandas reads."""
    for form, plain in _PLAINER:
        texts = pc.replace_substring_regex(texts, form, plain)
    return texts


def may_be_days(texts: Any) -> bool:
    """Whether numbers behind the names of months, as in Jan-24, may be days: many, or of one digit."""
    found = pc.extract_regex(texts.unique().drop_null(), r"^\p{L}+\.?[-/]'?(?P<number>\d{1,2})$").drop_null()
    if not len(found):
        return False
    numbers = pc.struct_field(found, "number").unique()
    short, latest = pc.min(pc.utf8_length(numbers)).as_py() == 1, pc.max(numbers.cast(pa.int64())).as_py()
    return short or (len(numbers) > _LAST_MONTH and latest <= _LAST_DAY)


def orders_of(texts: Any) -> frozenset[bool]:
    """Say how days and months may be ordered in texts such as 01/02/2024: True where the day is first.

    Both, where nothing says which; none, where the texts contradict each other, or have their year first in
    two digits, for the part that differs least is the year.
    """
    found = pc.extract_regex(
        _plain(texts.unique().drop_null()),
        r"^(?P<a>\d{1,2})(?P<mark>[-/.])(?P<b>\d{1,2})[-/.](?P<c>\d{4}|\d{2})",
    )
    found = found.drop_null()
    if not len(found):
        return frozenset({False})
    years = pc.struct_field(found, "c").unique()
    if pc.max(pc.utf8_length(years)).as_py() == 2 and len(years) > len(pc.struct_field(found, "a").unique()):  # noqa: PLR2004
        return frozenset()
    first, second = (pc.max(pc.struct_field(found, each).cast(pa.int64())).as_py() for each in "ab")
    possible = frozenset(
        day_first for day_first, month in ((True, second), (False, first)) if month <= _LAST_MONTH
    )
    by_points = pc.all(pc.equal(pc.struct_field(found, "mark"), ".")).as_py()
    return frozenset({True}) if by_points and True in possible else possible


def _share(texts: Any, form: str) -> float:
    return float(pc.mean(pc.match_substring_regex(texts, form, ignore_case=True)).as_py())
