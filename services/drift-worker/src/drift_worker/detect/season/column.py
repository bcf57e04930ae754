"""A column of the reference in the order of its times, which can be cut into blocks."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from baseline.buckets import BUCKETS, Places
from baseline.columns import ColumnBaseline, NumberBaseline
from baseline.counts import Column, Floats, numbers_of
from drift_worker.detect.chance import Cells, spaced
from drift_worker.detect.season.rows import mixed

FEWEST_BLOCKS: Final = 14
"""So many blocks say how they vary; where longer ones would be fewer, shorter ones stand for them."""


def block_length(length: int, rows: int) -> int:
    """Say how long the blocks of so many rows are that stand for windows of this length."""
    return min(length, rows // FEWEST_BLOCKS)


@dataclass(frozen=True, slots=True)
class ColumnOverTime:
    """The cell and the bucket of each row, in the order of their times; the last cell is that of no value."""

    column: ColumnBaseline
    values: int
    """How many cells there are beside that of no value."""

    cells: Places
    buckets: Places
    rows: Floats
    """All of the rows by bucket and cell."""

    @classmethod
    def of(cls, column: ColumnBaseline, values: Column, buckets: Places) -> "ColumnOverTime":
        """Divide the values, which are in the order of their times, into the cells of the column."""
        cells = _cells(column, values)
        width = len(column.values if isinstance(column, NumberBaseline) else column.counts)
        cells = np.where(cells < 0, width, cells)
        return cls(column, width, cells, buckets, _counted(cells, buckets, width + 1))

    def in_mix(self, counts: Places) -> Cells:
        """Give the rows by cell in a mix of so many rows from each bucket; they count as effective rows."""
        mix = mixed(self.rows[:, : self.values], counts)
        if not isinstance(self.column, NumberBaseline):
            return dict(zip(self.column.counts, mix.tolist(), strict=True))
        return mix if self.column.binned else spaced(mix)

    def present_and_missing(self, counts: Places) -> Floats:
        """Give the rows with a value and those without, in such a mix."""
        mix = mixed(self.rows, counts)
        return np.array([mix[:-1].sum(), mix[-1]])

    def column_in_mix(self, mix: Places, sampled: ColumnBaseline) -> ColumnBaseline:
        """Give the column in a mix, by the exact weights of its rows; `sampled` is a sample in that mix."""
        rows = mixed(self.rows, mix)
        counts, missing = rows[: self.values], float(rows[-1])
        if isinstance(self.column, NumberBaseline) and isinstance(sampled, NumberBaseline):
            return self.column.in_mix(counts, missing, sampled)
        if isinstance(self.column, NumberBaseline):
            raise TypeError("a numerical column has no mix of categories")
        return self.column.in_mix(counts, missing)

    def blocks(self, length: int) -> Iterator[tuple[Floats, Floats]]:
        """Give the rows by cell of each block of so many rows, behind those of the others in its mix."""
        length = block_length(length, len(self.cells))
        for start in range(0, len(self.cells) - length + 1, length) if length else ():
            here = slice(start, start + length)
            block = _counted(self.cells[here], self.buckets[here], self.values + 1)
            rest = self.rows - block
            block[rest.sum(axis=1) == 0] = 0.0
            yield mixed(rest, block.sum(axis=1)), block.sum(axis=0)

    def stretches(self, length: int) -> Iterator[Floats]:
        """Give the rows by cell of each stretch of so many rows; they overlap where blocks are too few."""
        rows = len(self.cells)
        step = block_length(length, rows)
        if step == length:
            yield from (now for _, now in self.blocks(length))
            return
        for start in range(0, rows - length + 1, step) if step else ():
            here = self.cells[start : start + length]
            yield np.bincount(here, minlength=self.values + 1).astype(float)


def _counted(cells: Places, buckets: Places, width: int) -> Floats:
    """The rows by bucket and cell."""
    rows = np.bincount(buckets * width + cells, minlength=BUCKETS * width)
    return rows.reshape(BUCKETS, width).astype(float)


def _cells(column: ColumnBaseline, values: Column) -> Places:
    if isinstance(column, NumberBaseline):
        numbers = numbers_of(values)
        places = np.minimum(np.searchsorted(column.counted.values, numbers), len(column.values) - 1)
        return np.where(np.isnan(numbers), -1, places)
    names = {name: place for place, name in enumerate(column.counts)}
    texts = zip(values.astype(object), values.isna(), strict=True)
    found = [-1 if missing else names.get(_text(value), -1) for value, missing in texts]
    return np.array(found, dtype=np.intp)


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool | np.bool_) else str(value)
