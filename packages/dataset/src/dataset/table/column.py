"""Reads the columns of a table by their kind in the schema; an error names the row of the first bad value."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from contract.schema import MAX_TEXT
from contract.task import Kind
from dataset.errors import DataError
from dataset.table.numbers import notation, points_may_separate, read_numbers
from dataset.table.reading import Mask, Reading, floats, is_number, plain, valid, without_numbers
from dataset.table.times import are_times, read_times
from dataset.table.words import (
    EMPTY,
    MISSING,
    are_flags,
    as_known,
    flags,
    lowered,
    trimmed,
    whole_codes,
    without,
    without_new_marks,
)

LARGEST_WHOLE: Final = 2**53
"""Beyond it, not every whole number is a float."""

LONGEST_SHOWN: Final = 40

Series = pd.Series


@dataclass(slots=True)
class Column:
    """One column of one table; `where` names it in errors, `values` is an Arrow array.

    Text is parsed; other values have the types of their Parquet file. What was read in another way than it is
    written is told in `notes`.
    """

    where: str
    values: Any
    is_csv: bool = True
    reading: Reading = field(default_factory=Reading)
    place: Callable[[int], str] = field(default=lambda row: f"row {row + 1}")
    """Says in which row of which file a value is, given its place in the column."""
    notes: list[str] = field(default_factory=list)
    encoded: bool = False
    """Whether a Parquet file keeps the values as a dictionary, as it does categories."""
    notes_bad: bool = False
    """Whether values that are bad, or missing where none may be, are noted in `bad`, and not refused."""
    bad: Mask = field(init=False)

    def __post_init__(self) -> None:
        self.encoded = self.encoded or pa.types.is_dictionary(self.values.type)
        self.values = plain(self.values)
        self.bad = np.zeros(len(self.values), bool)

    @property
    def type(self) -> Any:
        """The Arrow type of the values."""
        return self.values.type

    @property
    def is_text(self) -> bool:
        """Whether the values are text."""
        return bool(pa.types.is_string(self.type))

    def words(self) -> Any:
        """Return the texts trimmed, with null for whatever means a missing number, boolean or time."""
        return without(trimmed(self.values), (*MISSING, *lowered(self.reading.missing)))

    def read(self, kind: Kind) -> "Series[Any]":
        """Return the column as a feature of that kind; missing values stay missing.

        Raises DataError at the first value that doesn't fit the kind, is infinite, or is too long.
        """
        if kind == "numerical":
            return self.numbers()
        if kind == "boolean":
            return self.booleans()
        return self.categories()

    def numbers(self) -> "Series[Any]":
        """Return the column as float64, with NaN for missing values; yes and no are 1 and 0."""
        if self.is_text:
            values = self._parsed()
        elif is_number(self.type) or pa.types.is_null(self.type):
            values = self.values.cast(pa.float64(), safe=False)
        elif pa.types.is_boolean(self.type):
            self.notes.append("true and false are read as 1 and 0")
            values = self.values.cast(pa.int8())
        else:
            raise self._wrong_type("numbers")
        numbers = without_numbers(floats(values), self.reading.missing)
        self.refuse(np.isinf(numbers), "is infinite, or beyond what a float can hold")
        if pa.types.is_integer(self.type) and (np.abs(numbers) > LARGEST_WHOLE).any():
            self.notes.append("whole numbers beyond 2^53 are read as the nearest number that a float holds")
        return pd.Series(numbers, copy=False)

    def booleans(self) -> "Series[Any]":
        """Return the column as a category of False and True."""
        if self.is_text:
            words = self.words()
            values = floats(flags(words))
            self.refuse(valid(words) & np.isnan(values), "is not a boolean (true or false)")
        elif pa.types.is_boolean(self.type) or pa.types.is_null(self.type):
            values = floats(self.values.cast(pa.int8()))
        elif is_number(self.type):
            values = floats(self.values.cast(pa.float64(), safe=False))
            self.refuse(~np.isin(values, [0.0, 1.0]) & ~np.isnan(values), "is not a boolean (0 or 1)")
            values = np.where(np.isin(values, [0.0, 1.0]), values, np.nan)
        else:
            raise self._wrong_type("booleans")
        codes = np.where(np.isnan(values), -1, values).astype(np.int8)
        return pd.Series(pd.Categorical.from_codes(codes, pd.Index([False, True])))  # type: ignore[arg-type]

    def categories(self) -> "Series[Any]":
        """Return the column as a category of str."""
        encoded = self.texts().dictionary_encode()
        found = encoded.dictionary.to_pylist()
        codes = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False)
        order = np.argsort(np.array(found, dtype=object), kind="stable")
        place = np.empty(len(found) + 1, dtype=codes.dtype)
        place[order] = np.arange(len(found))
        place[-1] = -1
        return pd.Series(
            pd.Categorical.from_codes(place[codes], [found[each] for each in order])  # type: ignore[arg-type]
        )

    def integers(self) -> "Series[Any]":
        """Return the column as a category of int."""
        numbers = self.numbers().to_numpy()
        self.refuse(~np.isnan(numbers) & (numbers % 1 != 0), "is not a whole number")
        found = sorted({int(value) for value in np.unique(numbers[~np.isnan(numbers)])})
        return pd.Series(pd.Categorical(numbers, categories=found))

    def times(self, zone: str) -> "Series[pd.Timestamp]":
        """Return the column as times in UTC; a time that names no zone is of this one.

        In a CSV file times are written as ISO 8601 says, such as 2026-01-31T12:00:00+01:00.
        """
        if not are_times(self.type):
            raise self._wrong_type("times")
        self.refuse_missing(~valid(self.values), "every row needs its time")
        try:
            times = read_times(self.values, zone)
        except (ValueError, KeyError, OverflowError) as error:  # of Arrow, of pandas, and of an unknown zone
            raise DataError(f"{self.where}: cannot be read as times: {error}") from error
        self.refuse(times.isna().to_numpy(), "is not a time, such as 2026-01-31T12:00:00Z")
        return times

    def texts(self) -> Any:
        """Return the column as an Arrow array of text; whole numbers become their digits.

        Numbers that a file writes as 1.0, as where a null is among whole ones, are whole numbers as well.
        """
        if self.reading.exact and self.is_text:
            texts = self.values
        elif self.is_text or pa.types.is_null(self.type):
            texts = self._spelled(self.values.cast(pa.string()))
        elif is_number(self.type):
            texts = self._digits()
        elif pa.types.is_boolean(self.type):
            texts = pc.if_else(self.values, "true", "false")
        else:
            raise self._wrong_type("text")
        known = self.reading.known
        if known and not self.reading.exact:
            texts, told = as_known(texts, known)
            self.notes += told
        lengths = floats(pc.utf8_length(texts))
        self.refuse(lengths > MAX_TEXT, f"is longer than {MAX_TEXT} characters")
        return texts

    def refuse_missing(self, missing: Mask, hint: str) -> None:
        """Raise DataError at the first missing row; the hint tells the user what to do."""
        if self.notes_bad:
            self.bad |= missing
        elif missing.any():
            raise DataError(f"{self.where}, {self.place(int(missing.argmax()))}: is missing; {hint}")

    def refuse(self, bad: Mask, problem: str) -> None:
        """Raise DataError at the first bad row, and quote its value."""
        if self.notes_bad:
            self.bad |= bad
        elif bad.any():
            row = int(bad.argmax())
            raise DataError(f"{self.where}, {self.place(row)}: {self.shown(row)} {problem}")

    def shown(self, row: int) -> str:
        """Quote the value of a row, cut where it is long."""
        value = str(self.values[row].as_py())
        return repr(value if len(value) <= LONGEST_SHOWN else f"{value[:LONGEST_SHOWN]}…")

    def _parsed(self) -> Any:
        reading = self.reading
        if not reading.missing and reading.decimal != "," and not reading.may_have_commas:
            try:
                return self.values.cast(pa.float64())
            except pa.ArrowInvalid:
                pass  # not all of them are plain numbers
        words = self.words()
        found = read_numbers(words, reading.decimal)
        if found.bad.any():
            if are_flags(words):
                self.notes.append("yes and no are read as 1 and 0")
                return flags(words)
            self.refuse(
                found.bad, "is not a number; if it means a missing value, list it in `missing` of schema.yaml"
            )
        if not found.plain:
            self.notes.append(f"its numbers have {notation(found, reading.decimal_of)}")
        elif reading.may_have_commas and reading.decimal is None and points_may_separate(words):
            self.notes.append("its points are read as before decimals, not thousands: `decimal` says how")
        return found.values

    def _spelled(self, texts: Any) -> Any:
        """Return texts trimmed, whole numbers without `.0`, and what means missing as null."""
        spelled = trimmed(texts)
        changed = int(pc.sum(pc.not_equal(spelled, texts)).as_py() or 0)
        if changed:
            self.notes.append(f"blanks around the text are left out, in {changed:,} rows")
        kept = without(spelled, (EMPTY, *lowered(self.reading.missing)))
        if not self.is_csv and pc.any(pc.equal(spelled, EMPTY)).as_py():
            self.notes.append("empty texts are missing values")
        if self.reading.is_feature:
            kept, lost = without_new_marks(kept, self.reading.known)
            self.notes += lost
        codes, told = whole_codes(kept)
        self.notes += told
        return codes

    def _digits(self) -> Any:
        if pa.types.is_integer(self.type):
            return self.values.cast(pa.string())
        numbers = floats(self.values)
        self.refuse(np.isinf(numbers), "is no text, and no whole number")
        self.refuse((np.trunc(numbers) != numbers) & ~np.isnan(numbers), "is no text, and no whole number")
        self.refuse(np.abs(numbers) > LARGEST_WHOLE, "is no text, and beyond what a float can hold exactly")
        self.notes.append("its whole numbers are read as text: 1.0 as 1")
        numbers = np.where(self.bad, np.nan, numbers)
        return pa.array(numbers, from_pandas=True).cast(pa.int64()).cast(pa.string())

    def _wrong_type(self, expected: str) -> DataError:
        return DataError(f"{self.where}: holds {self.type}, expected {expected}")
