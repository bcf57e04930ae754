"""Which column of a file says that commas stand before decimals."""

from collections.abc import Sequence

import pyarrow.compute as pc

from dataset.table.files.table import Content, Table
from dataset.table.numbers import read_numbers
from dataset.table.reading import Reading


def column_with_commas(
    table: Table, content: Content, names: Sequence[str], missing: Sequence[str] | None = None
) -> str | None:
    """Return the first of these columns whose numbers certainly have decimal commas; None where none has.

    A column of which a cell is neither a number nor missing, also as `missing` lists it, has no numbers. In
    files whose cells are separated by commas, nothing is learned from other columns.
    """
    if table.parts[0].delimiter in (None, ","):
        return None
    return next((name for name in names if _has_commas(table, content, name, missing)), None)


def _has_commas(table: Table, content: Content, name: str, missing: Sequence[str] | None) -> bool:
    column = table.column(content, name, Reading(missing))
    if not column.is_text or not pc.any(pc.match_substring(column.values, ",")).as_py():
        return False
    found = read_numbers(column.words())
    return found.decimal == "," and found.certain and not found.bad.any()
