"""The reader of data sets: joins one table or several to a frame of entity key, features and label."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pandas as pd
from contract.schema import Feature, Schema
from contract.times import TIMESTAMP

from dataset.errors import DataError
from dataset.table.column import Column
from dataset.table.files import Table, find_tables
from dataset.table.keys import aligned, read_keys
from dataset.table.layout import homes_of, ignored_columns
from dataset.target import Target

Nulls = Literal["schema", "allowed"]
"""`schema`: a missing value is an error unless the feature is nullable; `allowed`: it is data."""

Labels = Literal["required", "optional", "ignored"]
"""`required`: the label's column must be there; `optional`: it may be; `ignored`: it is not read."""


@dataclass(frozen=True, slots=True)
class DataSet:
    """The rows of a data set, read by a schema.

    The frame has the entity key (str), the features in the schema's order, and the label if there is one.
    Numerical features are float64. Boolean features are a category of False and True, and categorical
    features are a category of str. A label is float64 for a regression, else a category of bool, int or str.
    With a time in the schema, the frame has a column `timestamp`, in UTC. A missing value is NaN in every
    column, because Evidently leaves NaN out of its comparisons. Categories
    are used because Evidently compares them faster than objects.
    """

    frame: pd.DataFrame
    files: tuple[Path, ...]
    """The files that were read."""
    ignored: tuple[str, ...]
    """The columns that were not read, as `file: column, column`; shown to the user."""


def read_dataset(
    path: Path,
    schema: Schema,
    *,
    nulls: Nulls = "schema",
    label: Labels = "required",
    repeated: bool = False,
) -> DataSet:
    """Read a CSV or Parquet file, or a folder of them, which are joined on the entity key.

    Every column of the schema must be in exactly one table. Every table with such a column must have the same
    entity keys, each once; those of a single table may be `repeated`. The rows come in the order of the first
    of these tables by name. Values outside of the schema's range and unseen categories are allowed. Raises
    DataError with file, column and row; row 1 is the first below the header.
    """
    tables = find_tables(path)
    names = _names(schema, tables, label)
    homes = homes_of(names, schema.entity, tables, path)
    used = [table for table in tables if table in homes.values()]
    frame: pd.DataFrame | None = None
    for table in used:
        own = [name for name in names if homes[name] is table]
        part = _read_table(table, own, schema, nulls, repeated=repeated and len(used) == 1)
        if frame is None:
            frame = part
        else:
            files = (str(table.path), str(used[0].path))
            frame = frame.join(aligned(part, frame, files, schema.entity))
    if frame is None:
        raise DataError(f"{path}: has none of the schema's columns")
    if schema.time is not None:
        frame = frame.rename(columns={schema.time.column: TIMESTAMP})
    columns = [TIMESTAMP if schema.time and name == schema.time.column else name for name in names]
    rows = frame.rename_axis(schema.entity).reset_index()[[schema.entity, *columns]]
    return DataSet(rows, tuple(table.path for table in used), ignored_columns(names, schema.entity, tables))


def _names(schema: Schema, tables: Sequence[Table], label: Labels) -> list[str]:
    names = [*schema.feature_names, *([schema.time.column] if schema.time else [])]
    if schema.label is None or label == "ignored":
        return names
    if label == "optional" and not any(schema.label.name in table.columns for table in tables):
        return names
    return [*names, schema.label.name]


def _read_table(
    table: Table, names: list[str], schema: Schema, nulls: Nulls, *, repeated: bool
) -> pd.DataFrame:
    content = table.read([schema.entity, *names])
    features = {feature.name: feature for feature in schema.features}
    frame = {}
    for name in names:
        column = table.column(content, name)
        if name in features:
            frame[name] = _read_feature(column, features[name], nulls)
        elif schema.time is not None and name == schema.time.column:
            frame[name] = column.times(schema.time.zone)
        elif schema.label is not None:
            frame[name] = Target.of(schema).read(column)
            if nulls == "schema":
                column.refuse_missing(frame[name].isna().to_numpy(), "every row needs its label")
    keys = read_keys(table.column(content, schema.entity), repeated=repeated)
    return pd.DataFrame(frame).set_index(keys)


def _read_feature(column: Column, feature: Feature, nulls: Nulls) -> "pd.Series[Any]":
    values = column.read(feature.kind)
    if nulls == "schema" and not feature.nullable:
        column.refuse_missing(values.isna().to_numpy(), "the schema doesn't say that it is nullable")
    return values
