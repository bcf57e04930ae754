"""Reads the columns of a table by their kind in the schema; an error names the row of the first bad value."""

from typing import Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from contract.schema import MAX_TEXT
from contract.task import Kind
from numpy.typing import NDArray

from dataset.errors import DataError
from dataset.table.times import are_times, read_times

MISSING: Final = ("", "na", "nan", "null", "none")
"""How a CSV file may write a missing number or boolean, in upper or lower case."""

BOOLEANS: Final = ("false", "no", "0", "true", "yes", "1")
"""How a CSV file may write a boolean, in upper or lower case; the first three are false."""

Series = pd.Series
Mask = NDArray[np.bool_]


class Column:
    """One column of one table; `where` names it in errors, `values` is an Arrow array.

    The values of a CSV file are text, which the methods parse; those of a Parquet file have the file's types.
    """

    def __init__(self, where: str, values: Any, *, is_text: bool) -> None:
        self.where = where
        self._is_text = is_text
        self._values = _plain(values)

    def guess(self) -> Kind:
        """Return the most likely kind of the values; in a CSV file only true and false count as booleans.

        Raises DataError with the reason where no kind fits.
        """
        kind = self._values.type
        if not self._is_text:
            if pa.types.is_boolean(kind):
                return "boolean"
            if not (_is_number(kind) or pa.types.is_string(kind) or pa.types.is_null(kind)):
                raise DataError(f"holds {kind}")
            return "numerical" if _is_number(kind) else "categorical"
        words = _lower(self._values).drop_null()
        if len(words) and pc.all(pc.is_in(words, pa.array(["false", "true"]))).as_py():
            return "boolean"
        try:
            self.numbers()
        except DataError:
            return "categorical"
        return "numerical"

    def is_boolean(self) -> bool:
        """Whether all values are true and false, yes and no, or 1 and 0, as a file may write booleans."""
        try:
            self.booleans()
        except DataError:
            return False
        return True

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
        """Return the column as float64, with NaN for missing values."""
        kind = self._values.type
        if self._is_text:
            values = self._parsed(_lower(self._values))
        elif _is_number(kind) or pa.types.is_null(kind):
            values = self._values.cast(pa.float64(), safe=False)
        else:
            raise self._wrong_type("numbers")
        numbers = _floats(values)
        self.refuse(np.isinf(numbers), "is infinite, or beyond what a float can hold")
        return pd.Series(numbers)

    def booleans(self) -> "Series[Any]":
        """Return the column as a category of False and True."""
        kind = self._values.type
        if self._is_text:
            texts = _lower(self._values)
            indices = _floats(pc.index_in(texts, pa.array(BOOLEANS)))
            values = np.where(np.isnan(indices), np.nan, indices >= BOOLEANS.index("true"))
            self.refuse(_valid(texts) & np.isnan(values), "is not a boolean (true or false)")
        elif pa.types.is_boolean(kind) or pa.types.is_null(kind):
            values = _floats(self._values.cast(pa.int8()).cast(pa.float64()))
        elif _is_number(kind):
            values = _floats(self._values.cast(pa.float64(), safe=False))
            self.refuse(~np.isin(values, [0.0, 1.0]) & ~np.isnan(values), "is not a boolean (0 or 1)")
        else:
            raise self._wrong_type("booleans")
        codes = np.where(np.isnan(values), -1, values).astype(np.int8)
        return pd.Series(pd.Categorical.from_codes(codes.tolist(), pd.Index([False, True])))

    def categories(self) -> "Series[Any]":
        """Return the column as a category of str."""
        encoded = self.texts().dictionary_encode()
        found = encoded.dictionary.to_pylist()
        codes = _floats(encoded.indices.cast(pa.float64()))
        codes = np.where(np.isnan(codes), -1, codes).astype(np.int64)
        return pd.Series(pd.Categorical.from_codes(codes.tolist(), found).reorder_categories(sorted(found)))

    def integers(self) -> "Series[Any]":
        """Return the column as a category of int."""
        numbers = self.numbers().to_numpy()
        self.refuse(~np.isnan(numbers) & (numbers % 1 != 0), "is not a whole number")
        found = sorted({int(value) for value in numbers[~np.isnan(numbers)]})
        return pd.Series(pd.Categorical(numbers, categories=found))

    def times(self, zone: str) -> "Series[pd.Timestamp]":
        """Return the column as times in UTC; a time that names no zone is of this one.

        In a CSV file times are written as ISO 8601 says, such as 2026-01-31T12:00:00+01:00.
        """
        if not are_times(self._values.type):
            raise self._wrong_type("times")
        self.refuse_missing(~_valid(self._values), "every row needs its time")
        try:
            times = read_times(self._values, zone)
        except (ValueError, KeyError, OverflowError) as error:  # of Arrow, of pandas, and of an unknown zone
            raise DataError(f"{self.where}: cannot be read as times: {error}") from error
        self.refuse(times.isna().to_numpy(), "is not a time, such as 2026-01-31T12:00:00Z")
        return times

    def texts(self) -> Any:
        """Return the column as an Arrow array of text; integers of a Parquet file become their digits."""
        kind = self._values.type
        if not (pa.types.is_string(kind) or pa.types.is_integer(kind) or pa.types.is_null(kind)):
            raise self._wrong_type("text")
        texts = self._values.cast(pa.string())
        lengths = _floats(pc.utf8_length(texts).cast(pa.float64()))
        self.refuse(lengths > MAX_TEXT, f"is longer than {MAX_TEXT} characters")
        return texts

    def refuse_missing(self, missing: Mask, hint: str) -> None:
        """Raise DataError at the first missing row; the hint tells the user what to do."""
        if missing.any():
            raise DataError(f"{self.where}, row {int(missing.argmax()) + 1}: is missing; {hint}")

    def refuse(self, bad: Mask, problem: str) -> None:
        """Raise DataError at the first bad row, and quote its value."""
        if bad.any():
            raise self._problem(int(bad.argmax()), problem)

    def _parsed(self, texts: Any) -> Any:
        try:
            return texts.cast(pa.float64())
        except pa.ArrowInvalid:
            row = next(row for row, text in enumerate(texts) if not _is_numeric(text))
            raise self._problem(row, "is not a number") from None

    def _problem(self, row: int, problem: str) -> DataError:
        value = str(self._values[row].as_py())
        shown = value if len(value) <= 40 else f"{value[:40]}…"  # noqa: PLR2004 - enough to find it by
        return DataError(f"{self.where}, row {row + 1}: {shown!r} {problem}")

    def _wrong_type(self, expected: str) -> DataError:
        return DataError(f"{self.where}: holds {self._values.type}, expected {expected}")


def _plain(values: Any) -> Any:
    """Return one contiguous array without dictionary encoding, whose text is of type string."""
    array = values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values
    if pa.types.is_dictionary(array.type):
        array = array.dictionary_decode()
    if pa.types.is_large_string(array.type) or pa.types.is_string_view(array.type):
        array = array.cast(pa.string())
    return array


def _lower(texts: Any) -> Any:
    """Return the texts trimmed and in lower case, with null where a text stands for a missing value."""
    trimmed = pc.utf8_lower(pc.utf8_trim_whitespace(texts))
    return pc.if_else(pc.is_in(trimmed, pa.array(MISSING)), pa.scalar(None, pa.string()), trimmed)


def _is_number(kind: Any) -> bool:
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind))


def _is_numeric(text: Any) -> bool:
    try:
        text.cast(pa.float64())
    except pa.ArrowInvalid:
        return False
    return True


def _floats(values: Any) -> NDArray[np.float64]:
    floats: NDArray[np.float64] = values.cast(pa.float64()).to_numpy(zero_copy_only=False).astype(np.float64)
    return floats


def _valid(values: Any) -> Mask:
    valid: Mask = values.is_valid().to_numpy(zero_copy_only=False)
    return valid
