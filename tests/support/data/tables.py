"""Data sets written for the tests, as other tools write them."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet

from contract.schema import Feature, Label, Schema

SCHEMA = Schema(
    entity="id",
    label=Label(name="left", positive=True),
    features=[
        Feature(name="age", kind="numerical"),
        Feature(name="fee", kind="numerical", nullable=True),
        Feature(name="paperless", kind="boolean"),
        Feature(name="streams", kind="boolean", nullable=True),
        Feature(name="service", kind="categorical"),
    ],
)

ROWS: Mapping[str, Sequence[Any]] = {
    "id": ["a", "b", "c"],
    "age": [1, 34, 72],
    "fee": [29.85, None, 118.75],
    "paperless": [True, False, True],
    "streams": [None, False, True],
    "service": ["DSL", "No", "Fiber optic"],
    "left": [False, True, False],
}


def write_csv(path: Path, columns: Mapping[str, Sequence[Any]]) -> Path:
    """Write columns as CSV; None is an empty cell."""
    rows = zip(*columns.values(), strict=True)
    lines = [",".join(columns), *(",".join(_cell(value) for value in row) for row in rows)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def write_parquet(path: Path, columns: Mapping[str, Sequence[Any]]) -> Path:
    """Write columns as Parquet."""
    pyarrow.parquet.write_table(pa.table({name: list(values) for name, values in columns.items()}), path)
    return path


def chosen(*names: str) -> dict[str, Sequence[Any]]:
    """Some columns of ROWS."""
    return {name: ROWS[name] for name in names}


def _cell(value: Any) -> str:
    if value is None:
        return ""
    text = str(value)
    return '"' + text.replace('"', '""') + '"' if any(mark in text for mark in '",\n\r') else text
