"""The tables of a folder, or the one of a file."""

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final
from urllib.parse import unquote

from dataset.errors import DataError
from dataset.table.files.delimited import DELIMITERS
from dataset.table.files.part import PARQUET, Part, part_of
from dataset.table.files.table import Table

TEXT: Final = (".csv", ".tsv", ".tab")
COMPRESSED: Final = (".gz", ".zst")
SUFFIXES: Final = (*PARQUET, *TEXT, *(text + packed for text in TEXT for packed in COMPRESSED))
"""What the files of a folder are called that are read; `.txt` is read where it is named."""

EXPECTED: Final = "expected a .csv or a .parquet file, or a folder of them"

_PARTITION: Final = re.compile(r"([^=/]+)=([^/]*)")
_NULL_PARTITION: Final = "__HIVE_DEFAULT_PARTITION__"


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
    part = part_of(path)
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
    for part in map(part_of, files):
        form = "parquet" if part.delimiter is None else "text"
        alike.setdefault((form, frozenset(part.names)), []).append(part)
    for parts in alike.values():
        _refuse_other_separators(folder, parts)
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
            part = part_of(item)
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
    _refuse_other_separators(folder, found)
    return Table(folder, columns, tuple(found))


def _refuse_other_separators(folder: Path, parts: Sequence[Part]) -> None:
    """Raise DataError where parts of a table differ in what separates cells, so 1,125 may differ as well."""
    marks = {part.delimiter: part for part in reversed(parts) if part.delimiter is not None}
    if len(marks) < 2:  # noqa: PLR2004
        return
    (one, first), (other, second) = sorted(marks.items(), key=lambda each: each[1].path)[:2]
    raise DataError(
        f"{folder}: cells are separated by {DELIMITERS[one]} in {first.path.relative_to(folder)}, but by "
        f"{DELIMITERS[other]} in {second.path.relative_to(folder)}, so their numbers may differ as well; "
        "write both alike, or put them into folders of their own"
    )


def _is_table(path: Path) -> bool:
    return path.name.lower().endswith(SUFFIXES) and path.is_file() and not path.name.startswith((".", "_"))
