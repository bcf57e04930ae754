"""The tables of a data set: their files, their columns and their content."""

import base64
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import accumulate
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote

import numpy as np
import pyarrow as pa
import pyarrow.parquet

from dataset.errors import DataError
from dataset.table.column import Column
from dataset.table.delimited import DELIMITERS, read_delimited, read_header
from dataset.table.reading import Reading, is_number

PARQUET: Final = (".parquet", ".pq")
TEXT: Final = (".csv", ".tsv", ".tab")
COMPRESSED: Final = (".gz", ".zst")
SUFFIXES: Final = (*PARQUET, *TEXT, *(text + packed for text in TEXT for packed in COMPRESSED))
"""What the files of a folder are called that are read; `.txt` is read where it is named."""

EXPECTED: Final = "expected a .csv or a .parquet file, or a folder of them"

_PARTITION: Final = re.compile(r"([^=/]+)=([^/]*)")
_WRITERS_SCHEMA: Final = b"ARROW:schema"
_NULL_PARTITION: Final = "__HIVE_DEFAULT_PARTITION__"


@dataclass(frozen=True, slots=True)
class Part:
    """One file of a table, and the values that its folders' names give to all of its rows."""

    path: Path
    names: Mapping[str, str]
    """The name of each column as the file writes it."""
    delimiter: str | None = None
    """What separates cells; None in Parquet, where nothing does."""
    folders: Mapping[str, str | None] = field(default_factory=dict)
    encoded: frozenset[str] = frozenset()
    """The columns that whoever wrote a Parquet file kept as categories."""

    def read(self, columns: Sequence[str]) -> Any:
        """Return these columns as a pyarrow.Table."""
        own = [name for name in columns if name in self.names]
        written = [self.names[name] for name in own]
        read = _read_parquet(self.path, written) if self.delimiter is None else self._read_text(written)
        content = dict(zip(own, read.select(written).columns, strict=True))
        for name in columns:
            if name in self.folders and name not in content:
                content[name] = pa.array([self.folders[name]] * read.num_rows, pa.string())
        return pa.table({name: content[name] for name in columns})

    def _read_text(self, written: list[str]) -> Any:
        return read_delimited(self.path, written, self.delimiter or ",")


@dataclass(frozen=True, slots=True)
class Content:
    """The columns that were read of a table, by name, and how many rows each of its files has."""

    columns: dict[str, Any]
    rows: Sequence[int]

    def __len__(self) -> int:
        return sum(self.rows)


@dataclass(frozen=True, slots=True)
class Table:
    """One CSV or Parquet file, or several that are parts of one table.

    The values of a CSV file are text, those of a Parquet file have types.
    """

    path: Path
    columns: tuple[str, ...]
    parts: tuple[Part, ...]

    @property
    def notes(self) -> list[str]:
        """How the files are read, where that was recognised, as sentences."""
        told = []
        if len(self.parts) > 1:
            first, last = self._name(self.parts[0]), self._name(self.parts[-1])
            told.append(f"{len(self.parts)} files are read as one table, from {first} to {last}")
        mark = self.parts[0].delimiter
        if mark not in (None, ","):
            told.append(f"cells are separated by {DELIMITERS[mark or ',']}")
        names = self.parts[0].names
        if any(name != written for name, written in names.items()):
            told.append("blanks around the names of columns are left out")
        return told

    @property
    def is_text(self) -> bool:
        """Whether the files are text."""
        return self.parts[0].delimiter is not None

    def read(self, columns: Sequence[str]) -> Content:
        """Return the content of these columns; raises DataError with the file, and the row if known."""
        read = [part.read(columns) for part in self.parts]
        if not sum(each.num_rows for each in read):
            raise DataError(f"{self.path}: has no rows")
        try:
            joined = pa.concat_tables(read, promote_options="permissive")
        except pa.ArrowException as error:
            raise DataError(f"{self.path}: {_different(self.parts, read)}") from error
        found = dict(zip(joined.column_names, joined.columns, strict=True))
        return Content(found, [each.num_rows for each in read])

    def column(self, content: Content, name: str, reading: Reading | None = None) -> Column:
        """Return one column of the content that `read` returned."""
        return Column(
            f"{self.path}: column {name!r}",
            content.columns[name],
            is_csv=self.is_text,
            reading=reading or Reading(),
            place=lambda row: self._place(content, row),
            encoded=name in self.parts[0].encoded,
        )

    def _place(self, content: Content, row: int) -> str:
        if len(self.parts) == 1:
            return f"row {row + 1}"
        ends = [*accumulate(content.rows)]
        part = int(np.searchsorted(ends, row, side="right"))
        return f"{self._name(self.parts[part])}, row {row + 1 - (ends[part] - content.rows[part])}"

    def _name(self, part: Part) -> str:
        return str(part.path.relative_to(self.path))


def _different(parts: Sequence[Part], read: Sequence[Any]) -> str:
    """Say which column has different types in which files."""
    for name in read[0].column_names:
        for part, table in zip(parts, read, strict=True):
            one, other = read[0].schema.field(name).type, table.schema.field(name).type
            if one != other and not (is_number(one) and is_number(other)):
                return (
                    f"column {name!r} holds {one} in {parts[0].path.name}, but {other} in {part.path.name}; "
                    "write both alike"
                )
    return "its files hold different types"


def find_tables(path: Path) -> list[Table]:
    """Return the table of a file, or the tables of a folder, sorted by name.

    Files of one folder that have the same columns are parts of one table, and so are those in folders such
    as `month=2026-01`. Other files, hidden files and other sub-folders are skipped. Raises DataError where
    there is no table, or where a header can't be read.
    """
    try:
        if path.is_dir():
            return _tables_of(path)
        path.stat()
    except OSError as error:  # a name that is too long, among others
        raise DataError(f"{path}: there is no such file or folder: {error.strerror}") from error
    if not path.is_file() or not path.name.lower().endswith((*SUFFIXES, ".txt")):
        raise DataError(f"{path}: {EXPECTED}")
    part = _part(path)
    return [Table(path, tuple(part.names), (part,))]


def _tables_of(folder: Path) -> list[Table]:
    files = sorted(item for item in folder.iterdir() if _is_table(item))
    plain = {item.name for item in files}
    files = [item for item in files if not (item.suffix in COMPRESSED and item.stem in plain)]
    parts_below = [item for item in folder.glob("*=*/**/*") if _is_table(item)]
    if files and parts_below:
        raise DataError(
            f"{folder}: holds {files[0].name} beside {parts_below[0].relative_to(folder)}, part of a table; "
            "put them into folders of their own"
        )
    if not files:
        return [_partitioned(folder)]
    alike: dict[tuple[str, frozenset[str]], list[Part]] = {}
    for part in map(_part, files):
        form = "parquet" if part.delimiter is None else "text"
        alike.setdefault((form, frozenset(part.names)), []).append(part)
    return [
        Table(parts[0].path if len(parts) == 1 else folder, tuple(parts[0].names), tuple(parts))
        for parts in alike.values()
    ]


def _partitioned(folder: Path) -> Table:
    """Return the table whose files lie in folders such as `month=2026-01`; the folders are columns."""
    found = []
    for item in sorted(folder.rglob("*")):
        folders = [_PARTITION.fullmatch(each) for each in item.relative_to(folder).parts[:-1]]
        if _is_table(item) and folders and all(folders):
            values = {
                unquote(each[1]): None if each[2] == _NULL_PARTITION else unquote(each[2])
                for each in folders
                if each
            }
            part = _part(item)
            found.append(replace(part, folders=values))
    if not found:
        raise DataError(f"{folder}: holds no .csv or .parquet file")
    columns = tuple({**found[0].names, **found[0].folders})
    for part in found:
        if other := {*part.names, *part.folders} ^ {*columns}:
            raise DataError(
                f"{part.path}: is no part of the same table as {found[0].path}: "
                f"only one of them has column {min(other)!r}"
            )
    return Table(folder, columns, tuple(found))


def _is_table(path: Path) -> bool:
    return path.name.lower().endswith(SUFFIXES) and path.is_file() and not path.name.startswith((".", "_"))


def _part(path: Path) -> Part:
    encoded: frozenset[str] = frozenset()
    if path.name.lower().endswith(PARQUET):
        written, encoded, delimiter = *_parquet_header(path), None
    else:
        written, delimiter = read_header(path)
    names = [name.strip() for name in written]
    twice = sorted({name for name in names if names.count(name) > 1}) if len({*names}) < len(names) else []
    if twice:
        raise DataError(f"{path}: the header names column {twice[0]!r} more than once")
    return Part(path, dict(zip(names, written, strict=True)), delimiter, encoded=encoded)


def _parquet_header(path: Path) -> tuple[list[str], frozenset[str]]:
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


def _read_parquet(path: Path, columns: list[str]) -> Any:
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
