"""The reader of data sets: joins one table or several to a frame of entity key, features and label."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, Literal

import pandas as pd

from contract.schema import Feature, Schema
from dataset.errors import DataError
from dataset.table.column import Column
from dataset.table.decimals import column_with_commas
from dataset.table.files.folder import find_tables
from dataset.table.files.table import Content, Table
from dataset.table.keys import numbered, places_of, read_keys
from dataset.table.layout import homes_of, ignored_columns
from dataset.table.reading import Reading
from dataset.target import Target, no_classes_of

Nulls = Literal["schema", "allowed"]
"""`schema`: a missing value is an error unless the feature is nullable; `allowed`: it is data."""

Labels = Literal["required", "optional", "ignored"]
"""`required`: the label's column must be there; `optional`: it may be; `ignored`: it is not read."""

UNLABELLED: Final = "no model is trained on them or measured by them, but they are watched all the same"


@dataclass(frozen=True, slots=True)
class DataSet:
    """The rows of a data set, read by a schema.

    The frame has the entity key (str), the features in the schema's order, and the label if there is one.
    Numerical features are float64. Boolean features are a category of False and True, and categorical
    features are a category of str. A label is float64 for a regression, else a category of bool, int or str.
    With a time in the schema, the frame has a column `schema.timestamp`, in UTC. A missing value is NaN in
    every column, because Evidently leaves NaN out of its comparisons. Categories are used because Evidently
    compares them faster than objects.
    """

    frame: pd.DataFrame
    files: tuple[Path, ...]
    """The files that were read."""
    ignored: tuple[str, ...]
    """The columns that were not read, as `file: column, column`; shown to the user."""
    notes: tuple[str, ...] = ()
    """What was read in another way than it is written, as `file: column: sentence`; shown to the user."""


def read_dataset(
    path: Path,
    schema: Schema,
    *,
    nulls: Nulls = "schema",
    label: Labels = "required",
    exact: bool = False,
) -> DataSet:
    """Read a CSV or Parquet file, or a folder of them, which are joined on the entity key.

    Every column of the schema must be in exactly one table. Every table with such a column must have the same
    entity keys, each once, unless the schema says otherwise. The rows come in the order of the first
    of these tables by name. Values outside of the schema's range and unseen categories are allowed. With
    `exact`, text is taken as it is, and ids may repeat: so is what was written by us. Raises
    DataError with file, column and row; row 1 is the first below the header.
    """
    tables = find_tables(path)
    names = _names(schema, tables, label)
    entity = None if schema.ids == "none" and not exact else schema.entity
    homes = homes_of(names, entity, tables, path)
    used = [table for table in tables if table in homes.values()]
    if not used:
        raise DataError(f"{path}: has none of the schema's columns")
    parts, notes = list[dict[str, Any]](), list[str]()
    for table in used:
        columns = _Columns(table, [name for name in names if homes[name] is table], schema, exact=exact)
        parts.append(columns.read(nulls, repeated=len(used) == 1 and (exact or schema.ids == "repeat")))
        notes += columns.notes
    columns_of_all = _joined(parts, used, schema.entity)
    order = [schema.timestamp if schema.time and name == schema.time.column else name for name in names]
    frame = pd.DataFrame({name: columns_of_all[name] for name in (schema.entity, *order)}, copy=False)
    files = tuple(part.path for table in used for part in table.parts)
    return DataSet(frame, files, ignored_columns(names, entity, tables), tuple(notes))


def _names(schema: Schema, tables: Sequence[Table], label: Labels) -> list[str]:
    names = [*schema.feature_names, *([schema.time.column] if schema.time else [])]
    if schema.label is None or label == "ignored":
        return names
    if label == "optional" and not any(schema.label.name in table.columns for table in tables):
        return names
    return [*names, schema.label.name]


def _joined(parts: Sequence[dict[str, Any]], tables: Sequence[Table], entity: str) -> dict[str, Any]:
    """Return the columns of all tables, each in the order of the first one's rows."""
    first = parts[0]
    keys = pd.Index(first[entity], dtype=object)
    joined = dict(first)
    for part, table in zip(parts[1:], tables[1:], strict=True):
        own = pd.Index(part.pop(entity), dtype=object)
        places = places_of(own, keys, (str(table.path), str(tables[0].path)), entity)
        joined |= {name: values.take(places).reset_index(drop=True) for name, values in part.items()}
    return joined


class _Columns:
    """The columns of one table that the schema names."""

    def __init__(self, table: Table, names: list[str], schema: Schema, *, exact: bool) -> None:
        self._table, self._names, self._schema, self._exact = table, names, schema, exact
        self._has_ids = schema.ids != "none" or exact
        self._with_commas: str | None = None
        self.notes = [f"{table.path.name}: {note}" for note in table.notes]

    def read(self, nulls: Nulls, *, repeated: bool) -> dict[str, Any]:
        """Return the entity keys, and each column, as Series; the time is called as frames call it."""
        schema = self._schema
        content = self._table.read([*([schema.entity] if self._has_ids else []), *self._names])
        read: dict[str, Any] = {}
        features = {feature.name: feature for feature in schema.features}
        numbers = [name for name in self._names if name in features and features[name].kind == "numerical"]
        if schema.label is not None and schema.task == "regression" and schema.label.name in self._names:
            numbers.append(schema.label.name)
        self._with_commas = column_with_commas(self._table, content, numbers, schema.missing)
        for name in self._names:
            is_time = schema.time is not None and name == schema.time.column
            column = self._table.column(content, name, self._reading(features.get(name)))
            if name in features:
                values = _read_feature(column, features[name], nulls)
            elif is_time and schema.time is not None:
                values = column.times(schema.time.zone)
            else:
                values = self._read_label(column, nulls)
            read[schema.timestamp if is_time else name] = values
            self._note(name, column)
            del content.columns[name], column  # a large table is not kept twice
        read[schema.entity] = pd.Series(self._keys(content, repeated=repeated), dtype=object, copy=False)
        return read

    def _read_label(self, column: Column, nulls: Nulls) -> "pd.Series[Any]":
        """Read the label; raises DataError where a row lacks it, unless the schema says that it may."""
        label, values = self._schema.label, Target.of(self._schema).read(column)
        missing = values.isna().to_numpy()
        unlabelled = f"{missing.sum():,} of {len(values):,} rows have no label"
        if nulls == "schema" and not (label and label.nullable):
            column.refuse_missing(
                missing,
                f"every row needs its label; {unlabelled}: with `nullable: true` beside the label's name in "
                "schema.yaml they are left out of training",
            )
        if missing.any():
            column.notes.append(f"{unlabelled}: {UNLABELLED}")
        return values

    def _note(self, name: str, column: Column) -> None:
        self.notes += [f"{self._table.path.name}: {name}: {note}" for note in column.notes]

    def _keys(self, content: Content, *, repeated: bool) -> "pd.Index[Any]":
        if not self._has_ids:
            return numbered(len(content))
        column = self._table.column(content, self._schema.entity, Reading(exact=self._exact))
        keys = read_keys(column, repeated=repeated)
        self._note(self._schema.entity, column)
        return keys

    def _reading(self, feature: Feature | None) -> Reading:
        """How the cells of a feature, or of the label, are read."""
        missing = self._schema.missing
        if feature is None:
            classes = self._schema.classes or ()
            texts = [each for each in classes if isinstance(each, str)]
            label = self._schema.label
            decimal, no_classes = (label.decimal, no_classes_of(label, classes)) if label else (None, None)
            return self._by_commas(Reading(no_classes, decimal, texts or None, self._exact))
        known = feature.categories
        return self._by_commas(Reading(missing, feature.decimal, known, self._exact, is_feature=True))

    def _by_commas(self, reading: Reading) -> Reading:
        """Let another column's decimal commas count where the schema doesn't say how numbers are written."""
        if reading.decimal is not None:
            return reading
        if self._with_commas is None:
            return replace(reading, may_have_commas=self._table.parts[0].delimiter not in (None, ","))
        return replace(reading, decimal=",", decimal_of=self._with_commas)


def _read_feature(column: Column, feature: Feature, nulls: Nulls) -> "pd.Series[Any]":
    values = column.read(feature.kind)
    if nulls == "schema" and not feature.nullable:
        column.refuse_missing(values.isna().to_numpy(), "the schema doesn't say that it is nullable")
    return values
