"""The layout of a data set: which table holds which column."""

from collections.abc import Sequence
from pathlib import Path

from dataset.errors import DataError
from dataset.table.files import Table

_MOST_NAMES = 12
"""The largest number of names that an error message lists."""


def homes_of(names: Sequence[str], entity: str, tables: Sequence[Table], path: Path) -> dict[str, Table]:
    """Return the table of each column; raises DataError where no table has it, or more than one."""
    homes = {}
    for name in names:
        found = [table for table in tables if name in table.columns]
        if not found:
            raise DataError(f"{path}: column {name!r} is missing; {_what_is_there(tables)}")
        if len(found) > 1:
            raise DataError(
                f"{found[0].path}: column {name!r} is in {found[1].path.name} as well; "
                "leave it in one of them"
            )
        if entity not in found[0].columns:
            raise DataError(
                f"{found[0].path}: the entity key, column {entity!r}, is missing; {_what_is_there(found)}"
            )
        homes[name] = found[0]
    return homes


def ignored_columns(names: Sequence[str], entity: str, tables: Sequence[Table]) -> tuple[str, ...]:
    """Return the columns that are not among these names, as `file: column, column` for each table."""
    ignored = []
    for table in tables:
        extra = [name or "(unnamed)" for name in table.columns if name not in names and name != entity]
        if extra:
            ignored.append(f"{table.path.name}: {', '.join(extra)}")
    return tuple(ignored)


def _what_is_there(tables: Sequence[Table]) -> str:
    if len(tables) > 1:
        return f"none of {_listed([table.path.name for table in tables])} has it"
    columns = tables[0].columns
    if len(columns) == 1 and any(mark in columns[0] for mark in ";\t|"):
        return "the header has one column only; save the file separated by commas"
    return f"{tables[0].path.name} has {_listed(columns)}"


def _listed(names: Sequence[str]) -> str:
    more = len(names) - _MOST_NAMES
    return ", ".join(names[:_MOST_NAMES]) + (f" and {more} more" if more > 0 else "")
