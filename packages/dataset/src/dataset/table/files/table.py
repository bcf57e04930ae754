"""A table, which is one file or several, and what was read of it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa

from dataset.errors import DataError
from dataset.table.column import Column
from dataset.table.files.delimited import DELIMITERS
from dataset.table.files.part import Part
from dataset.table.reading import Reading, is_number

_NUMBER: Final = re.compile(r"[-+]?(\d+([.,]\d+)?|[.,]\d+)(e[-+]?\d+)?", re.IGNORECASE)


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
        if self.is_text and _are_cells(self.columns):
            told.append("columns have numbers for names: if the first line is a row, write names above it")
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

    def column(
        self, content: Content, name: str, reading: Reading | None = None, *, bad: bool = False
    ) -> Column:
        """Return one column of the content that `read` returned; `bad` if it may hold bad values."""
        return Column(
            f"{self.path}: column {name!r}",
            content.columns[name],
            is_csv=self.is_text,
            reading=reading or Reading(),
            place=lambda row: self._place(content, row),
            encoded=name in self.parts[0].encoded,
            notes_bad=bad,
        )

    def _place(self, content: Content, row: int) -> str:
        if len(self.parts) == 1:
            return f"row {row + 1}"
        ends = [*accumulate(content.rows)]
        part = int(np.searchsorted(ends, row, side="right"))
        return f"{self._name(self.parts[part])}, row {row + 1 - (ends[part] - content.rows[part])}"

    def _name(self, part: Part) -> str:
        return str(part.path.relative_to(self.path))


def _are_cells(names: Sequence[str]) -> bool:
    """Whether a header looks like a row: all names are numbers, or half are, and not just whole ones.

    Columns without names are numbered in order by what writes them; years are names as well.
    """
    numbers = [name for name in names if _NUMBER.fullmatch(name)]
    in_order = [str(place) for place in range(len(names) + 1)]
    if [*names] in (in_order[:-1], in_order[1:]):
        return False
    return len(numbers) == len(names) or (
        2 * len(numbers) >= len(names) and not all(name.isdecimal() for name in numbers)
    )


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
