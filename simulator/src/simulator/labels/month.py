"""The labels of a data set, read by the schema of the served model."""

from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from contract.schema import Schema
from dataset import DataError, read_dataset

from simulator.errors import MonthError, OptionsError


@dataclass(frozen=True, slots=True)
class EntityLabel:
    """What became true of an entity, as JSON has it."""

    entity: str
    value: Any


def read_labels(path: Path, schema: Schema, share: float, seed: int) -> list[EntityLabel]:
    """Read the labels of a share of the rows, drawn by the seed, in the order of their rows.

    Raises MonthError where the data don't fit the schema or have no label, OptionsError for no share.
    """
    if not 0 < share <= 1:
        raise OptionsError(f"the share is a number above 0 and at most 1; got {share:g}")
    if schema.label is None:
        raise MonthError(f"{path}: the served model's schema names no label")
    try:
        frame = read_dataset(path, schema, nulls="allowed", label="required").frame
    except DataError as error:
        raise MonthError(f"{error} (the schema is that of the served model)") from error
    labelled = frame[frame[schema.label.name].notna()]
    values = labelled[schema.label.name].astype(object)
    every = [
        EntityLabel(entity, value) for entity, value in zip(labelled[schema.entity], values, strict=True)
    ]
    chance = Random(seed)  # noqa: S311 - a seeded sequence is wanted
    return [label for label in every if chance.random() < share]
