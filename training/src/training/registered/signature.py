"""The signature of an MLflow model: made of a schema, and a schema made of it."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from pydantic import ValidationError

from contract.schema import Feature, Label, Schema, first_problem
from contract.task import Kind
from training.errors import TrainingError

TYPES: Final[Mapping[Kind, str]] = {"numerical": "double", "boolean": "boolean", "categorical": "string"}
"""MLflow's type of a feature."""

KINDS: Final[Mapping[str, Kind]] = {
    "integer": "numerical",
    "long": "numerical",
    "float": "numerical",
    "double": "numerical",
    "boolean": "boolean",
    "string": "categorical",
}
"""The kind of a column of each of MLflow's types that a feature may have."""

TO_DO: Final = (
    "have a schema proposed: training schema DATA --label COLUMN --out schema.yaml, and name it with --schema"
)


def signature_of(schema: Schema) -> dict[str, Any]:
    """Return a schema's features as the inputs of a signature; it says no categories, ranges or entity."""
    columns = [
        {"type": TYPES[feature.kind], "name": feature.name, "required": not feature.nullable}
        for feature in schema.features
    ]
    return {"inputs": json.dumps(columns), "outputs": None, "params": None}


def schema_of(inputs: str | None, entity: str | None, label: str | None) -> Schema:
    """Return a signature's inputs as a schema, with entity and label of the data.

    Without an entity the rows are numbered. Raises TrainingError where there is no signature, or where it
    names no columns that can be features.
    """
    if inputs is None:
        raise TrainingError(f"the model has no signature, and the data no schema.yaml: {TO_DO}")
    columns = _columns(inputs)
    ids: dict[str, Any] = {"ids": "none"} if entity is None else {"entity": entity}
    try:
        features = [_feature(column) for column in columns]
        return Schema(**ids, label=None if label is None else Label(name=label), features=features)
    except ValidationError as error:
        raise TrainingError(
            f"the model's signature makes no schema: {first_problem(error)}; {TO_DO}"
        ) from error


def _columns(inputs: str) -> Sequence[Mapping[str, Any]]:
    try:
        columns = json.loads(inputs)
    except ValueError:
        columns = None
    if not isinstance(columns, list) or not all(isinstance(each, dict) for each in columns):
        raise TrainingError(f"the model's signature can't be read: expected a list of columns; {TO_DO}")
    return columns


def _feature(column: Mapping[str, Any]) -> Feature:
    name, kind = column.get("name"), KINDS.get(str(column.get("type")))
    if name is None or kind is None:
        raise TrainingError(
            f"the model's signature has {name or 'a column without a name'} of the type "
            f"{column.get('type')}; expected columns with names, of {', '.join(KINDS)}; {TO_DO}"
        )
    required = column.get("required", not column.get("optional", False))
    return Feature(name=str(name), kind=kind, nullable=not required)
