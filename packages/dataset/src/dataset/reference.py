"""The reference of a bundle: the model's output beside the data, made and read back."""

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from contract.schema import Schema
from contract.task import PREDICTION, class_text
from dataset.errors import DataError
from dataset.reader import read_dataset
from dataset.table.column import Column
from dataset.table.files.folder import find_tables
from dataset.table.reading import Reading


def output_columns(schema: Schema, scores: NDArray[np.float64]) -> Mapping[str, Any]:
    """Give the columns of the model's output by its scores, shape (rows,) or (rows, classes).

    With a probability for each class, they are the most probable class and its probability. A row of NaN,
    which the model has no answer to, holds no value.
    """
    names = list(schema.outputs)
    if len(names) == 1:
        return {names[0]: scores}
    missing = np.isnan(scores).any(axis=1)
    best = np.where(missing, 0, np.nan_to_num(scores).argmax(axis=1))
    predicted = np.array([class_text(value) for value in schema.classes or ()], dtype=object)[best]
    predicted[missing] = None
    return dict(zip(names, (predicted, scores.max(axis=1)), strict=True))


def reference_rows(window: pd.DataFrame, schema: Schema) -> pd.DataFrame:
    """Give a window's rows as a reference has them; a row without an entity is named by its prediction."""
    times = [schema.timestamp] if schema.time else []
    entities = window[schema.entity].fillna(window[schema.prediction_id])
    return window[[*schema.feature_names, *times, *schema.outputs]].assign(**{schema.entity: entities})


def read_reference(path: Path, schema: Schema, partial: Collection[str] = ()) -> pd.DataFrame:
    """Return the frame of a bundle's reference.parquet: what read_dataset gives, and the model's output.

    The label is included if it was known. Columns that are `partial` hold no value where a row is no longer
    part of their reference. Raises DataError where a column is missing or has the wrong type, or where a
    value is none that the model can give.
    """
    frame = read_dataset(path, schema, nulls="allowed", label="optional", exact=True).frame
    table = find_tables(path)[0]
    for name, kind in schema.outputs.items():
        if name not in table.columns:
            raise DataError(
                f"{path}: column {name!r} is missing; a reference has the model's {name} of each row"
            )
        column = table.column(table.read([name]), name, Reading(exact=True))
        values = column.read(kind)
        if name == schema.beside(PREDICTION):
            _refuse_strange(column, values, schema, partial=name in partial)
        else:
            wrong = ~values.between(0.0, 1.0) & (values.notna() | (name not in partial))
            column.refuse(wrong.to_numpy(), "is no probability between 0 and 1")
        frame[name] = values.to_numpy() if kind == "numerical" else values
    return frame


def _refuse_strange(column: Column, values: "pd.Series[Any]", schema: Schema, *, partial: bool) -> None:
    """Raise DataError at the first prediction that is missing, or not among the classes."""
    missing = values.isna().to_numpy() & (not partial)
    column.refuse(missing, "is missing; a reference has the model's prediction of each row")
    if schema.classes:
        known = values.isin([class_text(value) for value in schema.classes]).to_numpy()
        column.refuse(~known & values.notna().to_numpy(), "is none of the schema's classes")
