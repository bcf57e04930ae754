"""A label file as labels: all of its rows are good, or the first bad ones are named."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bundle import Bundle
from contract.labels.label import Label, Value
from contract.schema import PREDICTION_ID, Decimal
from dataset.table.column import Column
from dataset.table.files.folder import find_tables
from dataset.table.files.table import Table
from dataset.table.reading import Reading
from drift_worker.errors import BadLabelFileError
from drift_worker.labels.from_file.cells import Cells, classes, entities, numbers, prediction_ids, times
from drift_worker.labels.from_file.notation import number_reading

LISTED: Final = 10
"""Bad rows that are named."""

TIME: Final = "time"
LABEL: Final = "label"


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of a file that are read; None for those that its header or the schema says."""

    prediction_id: str | None = None
    entity: str | None = None
    time: str | None = None
    decimal: Decimal | None = None
    """How the labels are written, where they are numbers; None where the schema or the file says it."""


@dataclass(frozen=True, slots=True)
class LabelTable:
    """The rows of a file."""

    path: Path
    cells: Sequence[Cells]
    """Subject, label, and time where there is one."""

    by_id: bool
    now_ms: int
    """When labels became true that have no time."""

    notes: Sequence[str] = ()
    """What was read in another way than it is written, as `file: column: sentence`; shown to the user."""

    @property
    def time(self) -> str | None:
        """The column of times."""
        return self.cells[2].name if len(self.cells) > 2 else None  # noqa: PLR2004 - the time

    @property
    def good(self) -> NDArray[np.bool_]:
        """Of each row, whether every cell can be used."""
        good: NDArray[np.bool_] = np.logical_and.reduce([each.good for each in self.cells])
        return good

    def bad_rows(self) -> Iterator[str]:
        """The first bad rows, each with what is wrong; rows are counted from 1, without the header."""
        for row in np.flatnonzero(~self.good)[:LISTED].tolist():
            problems = [each.problem(row) for each in self.cells if not each.good[row]]
            yield f"row {row + 1}: {'; '.join(problems)}"

    def labels(self, first: int, last: int) -> list[Label]:
        """The good rows from `first` up to `last`, which is not among them."""
        return self.labels_of(first + np.flatnonzero(self.good[first:last]))

    def labels_of(self, rows: NDArray[np.intp]) -> list[Label]:
        """These rows as labels; those of a bad row are not to be used."""
        subject, label = (each.values[rows] for each in self.cells[:2])
        moments = self.cells[2].values[rows] if self.time else np.full(len(rows), self.now_ms)
        return [self._label(*each) for each in zip(subject, label, moments.astype(int).tolist(), strict=True)]

    def _label(self, subject: str, value: Value, time_ms: int) -> Label:
        value = float(value) if isinstance(value, np.floating) else value
        if self.by_id:
            return Label(value, time_ms, prediction_id=subject)
        return Label(value, time_ms, entity=subject)


def read_label_file(path: Path, bundle: Bundle, columns: Columns, now: pd.Timestamp) -> LabelTable:
    """Read a file of labels for a model; raises DataError and BadLabelFileError."""
    table = _only_table(path)
    by_id, subject = _subject(table, bundle, columns)
    label, time = _label_column(table, bundle), columns.time or (TIME if TIME in table.columns else None)
    names = [subject, label, *([time] if time else [])]
    for name in names:
        _check_has(table, name)
    content = table.read(names)
    read = {name: table.column(content, name, bad=True) for name in names}
    others = [name for name in table.columns if name not in names]
    read[label].reading = _reading(table, read[label], others, bundle, columns.decimal)
    cells = [
        prediction_ids(subject, read[subject]) if by_id else entities(subject, read[subject]),
        _labels(label, read[label], bundle),
        *([times(time, read[time], now)] if time else []),
    ]
    told = [f"{name}: {note}" for name, column in read.items() for note in column.notes]
    notes = [f"{path.name}: {note}" for note in [*table.notes, *told]]
    return LabelTable(path, cells, by_id, round(now.timestamp() * 1000), notes)


def _labels(name: str, column: Column, bundle: Bundle) -> Cells:
    if bundle.metadata.task == "regression":
        return numbers(name, column)
    return classes(name, column, bundle.metadata.classes)


def _reading(
    table: Table, column: Column, others: list[str], bundle: Bundle, decimal: Decimal | None
) -> Reading:
    """How the cells of the label are read, as in the data that the model learned."""
    if bundle.metadata.task != "regression":
        if decimal is not None:
            raise BadLabelFileError(f"--decimal: labels of {bundle.name} are classes, not numbers")
        return Reading(known=[each for each in bundle.metadata.classes if isinstance(each, str)] or None)
    label = bundle.schema.label
    return number_reading(table, column, others, decimal or (label.decimal if label else None))


def _only_table(path: Path) -> Table:
    tables = find_tables(path)
    if len(tables) != 1:
        raise BadLabelFileError(f"{path}: holds {len(tables)} tables; name one file")
    return tables[0]


def _subject(table: Table, bundle: Bundle, columns: Columns) -> tuple[bool, str]:
    """Whether labels are about predictions, and the column that says about which, or about which entity."""
    if columns.prediction_id and columns.entity:
        raise BadLabelFileError("--prediction-id, --entity: expected one of them, not both")
    if columns.entity:
        return False, columns.entity
    if columns.prediction_id or PREDICTION_ID in table.columns:
        return True, columns.prediction_id or PREDICTION_ID
    return False, bundle.schema.entity


def _label_column(table: Table, bundle: Bundle) -> str:
    named = bundle.schema.label.name if bundle.schema.label else LABEL
    return named if named in table.columns else LABEL


def _check_has(table: Table, name: str) -> None:
    if name not in table.columns:
        raise BadLabelFileError(
            f"{table.path}: has no column {name!r}; its columns are {', '.join(table.columns)}"
        )
