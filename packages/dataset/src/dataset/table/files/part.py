"""One file of a table."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pyarrow as pa

from dataset.errors import DataError
from dataset.table.files.delimited import read_delimited, read_header
from dataset.table.files.parquet import read_parquet, read_parquet_header

PARQUET: Final = (".parquet", ".pq")


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
        read = read_parquet(self.path, written) if self.delimiter is None else self._read_text(written)
        content = dict(zip(own, read.select(written).columns, strict=True))
        for name in columns:
            if name in self.folders and name not in content:
                content[name] = pa.array([self.folders[name]] * read.num_rows, pa.string())
        return pa.table({name: content[name] for name in columns})

    def _read_text(self, written: list[str]) -> Any:
        return read_delimited(self.path, written, self.delimiter or ",")


def part_of(path: Path) -> Part:
    """Read the header of a file; raises DataError."""
    encoded: frozenset[str] = frozenset()
    if path.name.lower().endswith(PARQUET):
        written, encoded, delimiter = *read_parquet_header(path), None
    else:
        written, delimiter = read_header(path)
    names = [name.strip() for name in written]
    twice = sorted({name for name in names if names.count(name) > 1}) if len({*names}) < len(names) else []
    if twice:
        raise DataError(f"{path}: the header names column {twice[0]!r} more than once")
    return Part(path, dict(zip(names, written, strict=True)), delimiter, encoded=encoded)
