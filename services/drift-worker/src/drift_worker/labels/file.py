"""labels.parquet: every label of one window's predictions, each with its state.

The state of each label follows from the file alone. So writing the same labels again changes nothing.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any, Literal, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from contract.labels.label import Value
from contract.labels.settle import FileCounts
from contract.task import class_text
from contract.windows import stream_order
from drift_worker.errors import UnreadableFileError
from drift_worker.record.files import LABELS, is_damage, new_file

State = Literal["joined", "repeated", "superseded", "implied"]
"""The label counts; it says again what the one that counts says; a later one says otherwise; nobody sent it,
and the prediction is negative since no label came within the horizon."""


class LabelRow(NamedTuple):
    """A label of one prediction; `label` is a number, or a class as text."""

    prediction_id: str
    entity: str | None
    label: float | str
    time_ms: int
    label_id: str
    """The stream id by which it came; empty where it is implied."""
    state: State = "joined"
    copy: bool = False
    """Whether the file of another version's window counts it: both versions made the prediction."""


def label_cell(value: Value) -> float | str:
    """A label's value as it stands in the file: a class is named as in answers, windows and metrics."""
    return value if isinstance(value, float) else class_text(value)


class LabelFile:
    """The labels.parquet of one window."""

    def __init__(self, folder: Path) -> None:
        """`folder` is that of the window."""
        self.path = folder / LABELS

    def rows(self) -> list[LabelRow]:
        """What the file holds; nothing where there is none. Raises UnreadableFileError."""
        table = self.table()
        if table is None:
            return []
        columns: Mapping[str, list[Any]] = table.to_pydict()
        times = [round(time.timestamp() * 1000) for time in columns["time"]]
        names = ("prediction_id", "entity", "label", "label_id", "state")
        copies = columns.get("copy", [False] * len(times))  # files of before have none
        return [
            LabelRow(prediction_id, entity, label, time_ms, label_id, state, copy)
            for (prediction_id, entity, label, label_id, state), time_ms, copy in zip(
                zip(*(columns[name] for name in names), strict=True), times, copies, strict=True
            )
        ]

    def table(self) -> Any:
        """The same as an Arrow table; None where there is none. Raises UnreadableFileError."""
        if not self.path.exists():
            return None
        try:
            return pq.read_table(self.path)
        except (pa.ArrowInvalid, OSError) as error:
            if not is_damage(error):
                raise
            raise UnreadableFileError(
                f"{self.path} is damaged; remove it to count its labels as lost"
            ) from error

    def add(self, rows: Iterable[LabelRow]) -> FileCounts:
        """Add labels to those that the file has, and give the counts of all of them.

        Raises UnreadableFileError and OSError.
        """
        before = self.rows()
        after = merged([*before, *rows])
        if after != before:
            self._write(after)
        return counts_of(after)

    def _write(self, rows: Sequence[LabelRow]) -> None:
        text, time = pa.string(), pa.timestamp("ms", "UTC")
        of_label = pa.float64() if isinstance(rows[0].label, float) else text
        kinds = (text, text, of_label, time, text, text, pa.bool_())
        names = ("prediction_id", "entity", "label", "time", "label_id", "state", "copy")
        arrays = [pa.array(column, kind) for column, kind in zip(zip(*rows, strict=True), kinds, strict=True)]
        with new_file(self.path) as path:
            pq.write_table(pa.table(dict(zip(names, arrays, strict=True))), path, compression="zstd")


def merged(rows: Iterable[LabelRow]) -> list[LabelRow]:
    """Each label once, those of a prediction in the order in which they came, with their states."""
    distinct = {(row.prediction_id, row.label_id): row for row in rows}.values()
    ordered = sorted(distinct, key=lambda row: (row.prediction_id, _order(row)))
    return [
        row
        for _, each in groupby(ordered, key=lambda row: row.prediction_id)
        for row in _with_states([*each])
    ]


def _order(row: LabelRow) -> tuple[int, int]:
    return stream_order(row.label_id) if row.label_id else (0, 0)


def _with_states(rows: Sequence[LabelRow]) -> list[LabelRow]:
    """The last label of a prediction counts; one that says the same again is repeated."""
    sent = [row for row in rows if row.label_id]
    if not sent:
        return list(rows[:1])
    found: list[LabelRow] = []
    counting = 0
    for place, row in enumerate(sent):
        if place and row.label == found[counting].label:
            found.append(row._replace(state="repeated"))
            continue
        if place:
            found[counting] = found[counting]._replace(state="superseded")
        counting = place
        found.append(row._replace(state="joined"))
    return found


def counts_of(rows: Iterable[LabelRow]) -> FileCounts:
    """How many of the labels are in each state, and how many of these are copies."""
    counts = dict.fromkeys(FileCounts._fields, 0)
    for row in rows:
        counts[row.state] += 1
        if row.copy:
            counts[f"copied_{row.state}"] += 1
    return FileCounts(**counts)
