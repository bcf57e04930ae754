"""What is told of a column: its kind, and the cells that say so."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from contract.schema import Decimal
from contract.task import Kind
from dataset.table.column import Column

MOST_SHOWN: Final = 3


@dataclass(frozen=True, slots=True)
class Evidence:
    """The kind of a column, None where it is left out; why; and what of it is worth a warning."""

    kind: Kind | None
    why: str
    warning: str | None = None
    strange: Sequence[str] = ()
    """The first cells that don't fit the kind, each with its row."""
    decimal: Decimal | None = None
    marks: frozenset[str] = field(default_factory=frozenset)
    """What means a missing value in it."""
    named_as_clock: bool = False
    """Whether it has other values at another hour."""


CONSTANT: Final = "a constant can't drift by itself, only break"


def left_out(why: str) -> Evidence:
    """Say why a column is no feature."""
    return Evidence(None, why)


def cell_of(column: Column, row: int | np.intp) -> str:
    """Name a cell by its row, and quote it."""
    return f"{column.place(int(row))} {column.shown(int(row))}"
