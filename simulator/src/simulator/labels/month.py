"""The labels of a data set, read by the schema of the served model."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from contract.schema import Schema
from dataset import DataError, read_dataset
from simulator.errors import MonthError


@dataclass(frozen=True, slots=True)
class RowLabel:
    """What became true of a row, counted from 1, as JSON has it."""

    row: int
    entity: str
    value: Any


def read_labels(path: Path, schema: Schema) -> list[RowLabel]:
    """Read the labels of a data set, in the order of its rows.

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
    return [
        RowLabel(row, entity, value)
        for row, (entity, value, is_there) in enumerate(cells, start=1)
        if is_there
    ]
