"""Parquet files: their header and their columns."""

import base64
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet

from dataset.errors import DataError

_WRITERS_SCHEMA: Final = b"ARROW:schema"


def read_parquet_header(path: Path) -> tuple[list[str], frozenset[str]]:
    """Return the names of the columns, and of those that were categories when they were written.

    Parquet itself has categories of text only; for others the writer's own schema says it.
    """
    with _open_parquet(path) as file:
        schema = file.schema_arrow
        kept = (file.metadata.metadata or {}).get(_WRITERS_SCHEMA)
        if kept is not None:
            with suppress(ValueError, pa.ArrowException):  # written by something else
                schema = pa.ipc.read_schema(pa.BufferReader(base64.b64decode(kept)))
        encoded = frozenset(each.name.strip() for each in schema if pa.types.is_dictionary(each.type))
        return list(file.schema_arrow.names), encoded


def read_parquet(path: Path, columns: list[str]) -> Any:
    """Return these columns as a pyarrow.Table; raises DataError."""
    try:
        with _open_parquet(path) as file:
            table = file.read(columns)
            table.validate(full=True)  # text that is no UTF-8
            return table
    except (pa.ArrowException, OSError) as error:
        raise DataError(f"{path}: cannot be read as Parquet: {error}") from error


def _open_parquet(path: Path) -> Any:
    try:
        return pyarrow.parquet.ParquetFile(path)
    except (pa.ArrowException, OSError) as error:
        raise DataError(f"{path}: cannot be read as Parquet: {error}") from error
