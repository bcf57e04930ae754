"""The tables of a data set: their files, their columns and their content."""

import csv
import io
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from dataset.errors import DataError
from dataset.table.column import Column

LARGEST_BLOCK: Final = 2**31 - 1
"""The largest number of bytes that Arrow can parse at once."""

SUFFIXES: Final = (".csv", ".parquet")


@dataclass(frozen=True, slots=True)
class Table:
    """One CSV or Parquet file; the values of a CSV file are text, those of a Parquet file have types."""

    path: Path
    columns: tuple[str, ...]

    @property
    def _is_csv(self) -> bool:
        return self.path.suffix.lower() == ".csv"

    def read(self, columns: list[str]) -> Any:
        """Return these columns as a pyarrow.Table; raises DataError with the file, and the row if known."""
        table = _read_csv(self.path, columns) if self._is_csv else _read_parquet(self.path, columns)
        if table.num_rows == 0:
            raise DataError(f"{self.path}: has no rows")
        return table

    def column(self, content: Any, name: str) -> Column:
        """Return one column of the content that `read` returned."""
        return Column(f"{self.path}: column {name!r}", content[name], is_text=self._is_csv)


def find_tables(path: Path) -> list[Table]:
    """Return the table of a file, or the tables of a folder, sorted by name.

    Other files, hidden files and sub-folders are skipped. Raises DataError where there is no table, or where
    a header can't be read.
    """
    if path.is_dir():
        found = sorted(item for item in path.iterdir() if _is_table(item))
        if not found:
            raise DataError(f"{path}: holds no .csv or .parquet file")
        return [_table(item) for item in found]
    if not path.is_file():
        raise DataError(f"{path}: there is no such file or folder")
    if path.suffix.lower() not in SUFFIXES:
        raise DataError(f"{path}: expected a .csv or a .parquet file, or a folder of them")
    return [_table(path)]


def _is_table(path: Path) -> bool:
    return path.suffix.lower() in SUFFIXES and path.is_file() and not path.name.startswith(".")


def _table(path: Path) -> Table:
    columns = _csv_header(path) if path.suffix.lower() == ".csv" else _parquet_header(path)
    twice = sorted({name for name in columns if columns.count(name) > 1})
    if twice:
        raise DataError(f"{path}: the header names column {twice[0]!r} more than once")
    return Table(path, tuple(columns))


def _csv_header(path: Path) -> list[str]:
    try:
        header = next(csv.reader(io.StringIO(_text(path)[1], newline="")), [])
    except csv.Error as error:
        raise DataError(f"{path}: the header cannot be read: {error}") from error
    if not header:
        problem = "the first line is blank" if _text(path)[1].strip() else "is empty"
        raise DataError(f"{path}: {problem}; expected a header and rows")
    return header


def _text(path: Path) -> tuple[bytes, str]:
    """Return the file as bytes without a byte order mark, and as text."""
    try:
        content = path.read_bytes().removeprefix(b"\xef\xbb\xbf")
        return content, content.decode()
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise DataError(
            f"{path}: {_place(content, error.start)}: is not UTF-8; save the file as UTF-8"
        ) from error


def _place(content: bytes, position: int) -> str:
    """Return the row and column of a byte; row 1 is the first below the header."""
    row = content.count(b"\n", 0, position)
    start = content.rfind(b"\n", 0, position) + 1
    fields = content[start:position].count(b",")
    header = content.partition(b"\n")[0].decode(errors="replace").strip().split(",")
    if row == 0 or fields >= len(header):
        return "the header" if row == 0 else f"row {row}"
    return f"column {header[fields]}, row {row}"


def _read_csv(path: Path, columns: list[str]) -> Any:
    content, _ = _text(path)
    if content.count(b'"') % 2:
        raise DataError(f"{path}: holds an odd number of quotation marks, so one is never closed")
    try:
        return pyarrow.csv.read_csv(
            pa.BufferReader(content),
            read_options=pyarrow.csv.ReadOptions(
                use_threads=False,  # only so do errors name the row
                block_size=min(len(content), LARGEST_BLOCK),  # a row that crosses two blocks is an error
            ),
            parse_options=pyarrow.csv.ParseOptions(newlines_in_values=True),
            convert_options=pyarrow.csv.ConvertOptions(
                column_types={name: pa.string() for name in columns},
                include_columns=columns,
                null_values=[""],
                strings_can_be_null=True,
            ),
        )
    except pa.ArrowInvalid as error:
        raise DataError(f"{path}: {_csv_problem(str(error))}") from error


def _csv_problem(message: str) -> str:
    """Return the parser's message without the row's content; the header doesn't count as a row."""
    match = re.search(r"Row #(\d+): (Expected \d+ columns, got \d+)", message)
    if match is None:
        return message.partition("\n")[0]
    return f"row {int(match[1]) - 1}: {match[2][0].lower()}{match[2][1:]}"


def _parquet_header(path: Path) -> list[str]:
    with _open_parquet(path) as file:
        return list(file.schema_arrow.names)


def _read_parquet(path: Path, columns: list[str]) -> Any:
    try:
        with _open_parquet(path) as file:
            return file.read(columns)
    except (pa.ArrowException, OSError) as error:
        raise DataError(f"{path}: cannot be read as Parquet: {error}") from error


def _open_parquet(path: Path) -> Any:
    try:
        return pyarrow.parquet.ParquetFile(path)
    except (pa.ArrowException, OSError) as error:
        raise DataError(f"{path}: cannot be read as Parquet: {error}") from error
