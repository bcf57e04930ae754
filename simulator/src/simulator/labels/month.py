"""The labels of a data set, read by the schema of the served model."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from contract.schema import Schema
from contract.task import ClassValue
from dataset import DataError, read_dataset
from simulator.errors import MonthError


@dataclass(frozen=True, slots=True)
class RowLabel:
    """What became true of a row, counted from 1, as JSON has it."""

    row: int
    entity: str
    value: Any


@dataclass(frozen=True, slots=True)
class MonthLabels:
    """The labels of a data set, in the order of its rows, and the rows that have none."""

    labels: list[RowLabel]
    unlabelled: int
    unknown: int
    """Rows of classes that the model does not have."""

    @property
    def left_out(self) -> str:
        """What is said behind the count of labels: how many rows have none; empty where all have one."""
        told = [f"; rows without a label: {self.unlabelled:,}"] if self.unlabelled else []
        if self.unknown:
            told.append(f"; rows of classes that the model does not have: {self.unknown:,}")
        return "".join(told)


def read_labels(path: Path, schema: Schema, classes: Sequence[ClassValue]) -> MonthLabels:
    """Read the labels of a data set; those of other classes than the model's are left out.

    `classes` are the model's, none of a regression.
    Raises MonthError where the data don't fit the schema or have no label.
    """
    if schema.label is None:
        raise MonthError(f"{path}: the served model's schema names no label")
    try:
        frame = read_dataset(path, schema, nulls="allowed", label="required").frame
    except DataError as error:
        raise MonthError(f"{error} (the schema is that of the served model)") from error
    values = frame[schema.label.name]
    cells = zip(frame[schema.entity], values.astype(object), values.notna(), strict=True)
    labels = [
        RowLabel(row, entity, value)
        for row, (entity, value, is_there) in enumerate(cells, start=1)
        if is_there
    ]
    known = [each for each in labels if not classes or each.value in classes]
    return MonthLabels(known, len(frame) - len(labels), len(labels) - len(known))
