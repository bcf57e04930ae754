"""The labels of a data set, read by the schema of the served model."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from contract.schema import Schema
from dataset import DataError, read_dataset

from simulator.errors import MonthError


@dataclass(frozen=True, slots=True)
class EntityLabel:
    """What became true of an entity, as JSON has it."""

    entity: str
    value: Any


def read_labels(path: Path, schema: Schema) -> list[EntityLabel]:
    """Read the labels of a data set, in the order of its rows.

    Raises MonthError where the data don't fit the schema or have no label.
    """
    if schema.label is None:
        raise MonthError(f"{path}: the served model's schema names no label")
    try:
        frame = read_dataset(path, schema, nulls="allowed", label="required").frame
    except DataError as error:
        raise MonthError(f"{error} (the schema is that of the served model)") from error
    labelled = frame[frame[schema.label.name].notna()]
    values = labelled[schema.label.name].astype(object)
    return [EntityLabel(entity, value) for entity, value in zip(labelled[schema.entity], values, strict=True)]
