"""The cells of a label file, read as those of a data set: what each column has to hold, and what some lack.

All functions here raise dataset.DataError where a column is of a type that can't be read so.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from contract.labels.label import LARGEST_NUMBER, PREDICTION_ID
from contract.schema import MAX_TEXT
from contract.task import ClassValue, class_text
from dataset.table.column import Column
from dataset.table.words import trimmed

MAX_SHOWN: Final = 40
"""Characters of a cell that a message shows."""

MAX_CLASSES: Final = 20
_AHEAD_MS: Final = 60_000
_DAY_MS: Final = 24 * 3_600_000
_LONGEST_DATE: Final = len("2026-01-31")
"""Characters of a time by ISO 8601 that is a date alone: one with an hour has more."""


@dataclass(frozen=True, slots=True)
class Cells:
    """One column: its values, which of them can be used, and what was expected."""

    name: str
    values: NDArray[Any]
    good: NDArray[np.bool_]
    expected: str
    written: Any
    """The column as the file has it."""

    def problem(self, row: int) -> str:
        """What is wrong with the cell of a row that is not good."""
        cell = self.written[row].as_py()
        came = "nothing" if cell is None or cell == "" else repr(str(cell)[:MAX_SHOWN])
        return f"{self.name}: expected {self.expected}, not {came}"


def prediction_ids(name: str, column: Column) -> Cells:
    """The ids of predictions."""
    texts = column.texts()
    good = _mask(pc.match_substring_regex(texts, f"^{PREDICTION_ID.pattern}$")) & ~column.bad
    return Cells(name, _objects(texts), good, "the prediction_id of an answer", column.values)


def entities(name: str, column: Column) -> Cells:
    """The keys of entities, as a replay of the same rows sends them."""
    texts = column.texts()
    good = _mask(pc.greater(pc.utf8_length(texts), 0)) & ~column.bad
    return Cells(name, _objects(texts), good, f"1 to {MAX_TEXT} characters, or a whole number", column.values)


def classes(name: str, column: Column, known: Sequence[ClassValue]) -> Cells:
    """The labels of a model with classes; a class may be written as in the data that the model learned."""
    own: dict[object, ClassValue] = {value: value for value in known}
    values = np.array([own.get(value) for value in _class_values(column, known)], object)
    good = np.array([value is not None for value in values], bool)
    listed = ", ".join(class_text(value) for value in known[:MAX_CLASSES])
    more = ", …" if len(known) > MAX_CLASSES else ""
    return Cells(name, values, good, f"one of {listed}{more}", column.values)


def _class_values(column: Column, known: Sequence[ClassValue]) -> list[Any]:
    if isinstance(known[0], bool):
        return column.booleans().astype(object).tolist()
    return column.numbers().tolist() if isinstance(known[0], int) else column.texts().to_pylist()


def numbers(name: str, column: Column) -> Cells:
    """The labels of a regression."""
    values = column.numbers().to_numpy(float)
    good = (np.abs(values) <= LARGEST_NUMBER) & ~column.bad
    return Cells(name, values, good, f"a number within ±{LARGEST_NUMBER:.2g}", column.values)


def times(name: str, column: Column, now: pd.Timestamp) -> Cells:
    """The times at which labels became true, in milliseconds; those without a zone are UTC.

    A date alone is the end of its day, or now if that has not come: after all predictions of the day.
    """
    moments = column.times("UTC").dt.tz_localize(None).to_numpy()
    begun = moments.astype("datetime64[ms]").astype(np.int64)  # what is no time is far below 0
    now_ms = round(now.timestamp() * 1000)
    good = (begun >= 0) & (begun <= now_ms + _AHEAD_MS) & ~column.bad
    values = np.where(_are_dates(column.values), np.minimum(begun + _DAY_MS - 1, now_ms), begun)
    expected = "a time such as 2026-01-31T12:00:00Z, or a date, not in the future"
    return Cells(name, values, good, expected, column.values)


def _are_dates(values: Any) -> Any:
    """Say of each time whether it is a date alone."""
    if pa.types.is_string(values.type):
        return _mask(pc.less_equal(pc.utf8_length(trimmed(values)), _LONGEST_DATE))
    return bool(pa.types.is_date(values.type))


def _mask(found: Any) -> NDArray[np.bool_]:
    mask: NDArray[np.bool_] = pc.fill_null(found, False).to_numpy(zero_copy_only=False)
    return mask


def _objects(texts: Any) -> NDArray[Any]:
    objects: NDArray[Any] = texts.to_numpy(zero_copy_only=False)
    return objects
