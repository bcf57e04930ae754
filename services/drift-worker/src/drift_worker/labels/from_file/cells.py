"""The cells of a label file: what each column has to hold, and what is wrong with those that don't."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from contract.labels.label import PREDICTION_ID, Value
from contract.schema import MAX_TEXT
from contract.task import ClassValue, class_text

MAX_SHOWN: Final = 40
"""Characters of a cell that a message shows."""

MAX_CLASSES: Final = 20
_AHEAD: Final = pd.Timedelta(minutes=1)
_BOOLEANS: Final = {"1": True, "0": False}
_EPOCH: Final = pd.Timestamp(0, tz="UTC")


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


def prediction_ids(name: str, column: Any) -> Cells:
    """The ids of predictions."""
    texts = _texts(column)
    good = texts.str.fullmatch(PREDICTION_ID.pattern).fillna(False).to_numpy(bool)
    return Cells(name, texts.to_numpy(), good, "the prediction_id of an answer", column)


def entities(name: str, column: Any) -> Cells:
    """The keys of entities."""
    texts = _texts(column)
    good = texts.str.len().between(1, MAX_TEXT).fillna(False).to_numpy(bool)
    return Cells(name, texts.to_numpy(), good, f"1 to {MAX_TEXT} characters", column)


def classes(name: str, column: Any, known: Sequence[ClassValue]) -> Cells:
    """The labels of a model with classes; a class is written as in answers, and true also as 1."""
    by_text: Mapping[str, Value] = {class_text(value): value for value in known}
    if {*map(type, known)} == {bool}:
        by_text = {**_BOOLEANS, **by_text}
        texts = _texts(column).str.lower()
    else:
        texts = _texts(column)
    values = np.array([by_text.get(text) for text in texts], object)
    listed = ", ".join(class_text(value) for value in known[:MAX_CLASSES])
    more = ", …" if len(known) > MAX_CLASSES else ""
    return Cells(name, values, values != None, f"one of {listed}{more}", column)  # noqa: E711 - of each value


def numbers(name: str, column: Any) -> Cells:
    """The labels of a regression."""
    values = pd.to_numeric(_texts(column), errors="coerce").to_numpy(float)
    return Cells(name, values, np.isfinite(values), "a number", column)


def times(name: str, column: Any, now: pd.Timestamp) -> Cells:
    """The times at which labels became true, in milliseconds; those without a zone are UTC."""
    moments = pd.to_datetime(_texts(column), format="ISO8601", utc=True, errors="coerce")
    good = (moments >= _EPOCH) & (moments <= now + _AHEAD)
    values = moments.dt.as_unit("ms").astype("int64").to_numpy()
    return Cells(
        name, values, good.to_numpy(bool), "a time such as 2026-01-31T12:00:00Z, not in the future", column
    )


LabelCells = Callable[[str, Any], Cells]


def _texts(column: Any) -> "pd.Series[Any]":
    """A column as text: numbers that are whole have no decimals, and blanks around a cell don't count."""
    kind = column.type
    if pa.types.is_floating(kind) and pc.all(pc.equal(pc.floor(column), column)).as_py():
        column = pc.cast(column, pa.int64())
    return pd.Series(pc.cast(column, pa.string()).to_pylist(), dtype="object").str.strip()
