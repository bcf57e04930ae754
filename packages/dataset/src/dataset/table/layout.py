"""The layout of a data set: which table holds which column."""

from collections.abc import Sequence
from pathlib import Path

from dataset.errors import DataError
from dataset.table.files.table import Table

_MOST_NAMES = 12
"""The largest number of names that a message lists."""


def homes_of(
    names: Sequence[str], entity: str | None, tables: Sequence[Table], path: Path
) -> dict[str, Table]:
    """Return the table of each column; raises DataError where no table has it, or more than one.

    Without an entity key there can be one table only.
    """
    if entity is None and len(tables) > 1:
        raise DataError(
            f"{path}: holds {len(tables)} tables, and without ids nothing says which of their rows belong "
            "together; name the column of the ids, or one table: "
            f"{listed([table.path.name for table in tables])}"
        )
    homes = {}
    for name in names:
        found = [table for table in tables if name in table.columns]
        if not found:
            raise DataError(f"{path}: column {name!r} is missing; {_what_is_there(tables)}")
        if len(found) > 1:
            raise DataError(
                f"{found[0].path}: column {name!r} is in {found[1].path.name} as well; "
                f"leave it in one of them{_why_no_parts(found[0], found[1])}"
            )
        if entity is not None and entity not in found[0].columns:
            raise DataError(
                f"{found[0].path}: the entity key, column {entity!r}, is missing; {_what_is_there(found)}"
            )
        homes[name] = found[0]
    return homes


def ignored_columns(names: Sequence[str], entity: str | None, tables: Sequence[Table]) -> tuple[str, ...]:
    """Return the columns that are not among these names, as `file: column, column` for each table."""
    ignored = []
    for table in tables:
        extra = [name or "(unnamed)" for name in table.columns if name not in names and name != entity]
        if extra:
            ignored.append(f"{table.path.name}: {', '.join(extra)}")
    return tuple(ignored)


def _why_no_parts(one: Table, other: Table) -> str:
    """Say why two tables are no parts of one, where they nearly are."""
    alone = {*one.columns} ^ {*other.columns}
    if 2 * len(alone) > len(one.columns):
        return ""
    return f" (they are no parts of one table, since only one of them has {min(alone)!r})" if alone else ""


def _what_is_there(tables: Sequence[Table]) -> str:
    if len(tables) > 1:
        return f"none of {listed([table.path.name for table in tables])} has it"
    columns = tables[0].columns
    return f"{tables[0].path.name} has {listed(columns)}"


def listed(names: Sequence[str]) -> str:
    """Return the first names of several, and how many more there are."""
    more = len(names) - _MOST_NAMES
    return ", ".join(names[:_MOST_NAMES]) + (f" and {more} more" if more > 0 else "")
