"""How much more stretches of the reference differ from the rest of it than independent rows would."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import log, sqrt
from typing import Final

import numpy as np
from baseline.columns import ColumnBaseline, NumberBaseline
from baseline.counts import Column, Floats, numbers_of

from drift_worker.detect.chance import BINARY, Cells, Difference, rank_difference, shares_difference, spaced
from drift_worker.detect.season.buckets import BUCKETS, Places

TINY: Final = 1e-300

FEWEST_BLOCKS: Final = 14
"""So many blocks say how they vary; where longer ones would be fewer, shorter ones stand for them."""

SQUARE_OF_MANY: Final = 1.4
"""The mean of z² of a number between independent samples, in bins of equal rank, by simulation."""

SQUARE_OF_FEW: Final = 1.1
"""The same of numbers with few values, of which some are frequent."""

SQUARE_OF_CATEGORIES: Final = 0.22
SQUARE_PER_LOG: Final = 1.35
"""The same of K categories is 0.22 + 1.35 ln K; of two it is 1."""


@dataclass(frozen=True, slots=True)
class Stretches:
    """A column of the reference in the order of its times: cell and bucket of each row with a value."""

    column: ColumnBaseline
    cells: Places
    buckets: Places

    @classmethod
    def of(cls, column: ColumnBaseline, values: Column, buckets: Places) -> "Stretches":
        """Divide the values, which are in the order of their times, into the cells of the column."""
        cells = _cells(column, values)
        present = cells >= 0
        return cls(column, cells[present], buckets[present])

    def in_mix(self, counts: Places) -> Cells:
        """Give the rows by cell in a mix of so many rows from each bucket; they count as effective rows."""
        column = self.column
        width = len(column.values if isinstance(column, NumberBaseline) else column.counts)
        whole = self._counts(slice(0, len(self.cells)), width)
        rows = whole.sum(axis=1)
        known = (counts > 0) & (rows > 0)
        shares = counts[known] / max(counts[known].sum(), 1)
        mix = (shares / rows[known]) @ whole[known] / max((shares**2 / rows[known]).sum(), TINY)
        if not isinstance(self.column, NumberBaseline):
            return dict(zip(self.column.counts, mix.tolist(), strict=True))
        return mix if self.column.binned else spaced(mix)

    def dispersion(self, length: int) -> float:
        """Say how many times as far from the rest such blocks are as independent rows; at least 1."""
        squares = [found.z**2 / _expected(self.column, found) for found in self._differences(length)]
        return max(1.0, sqrt(float(np.mean(squares)))) if squares else 1.0

    def _differences(self, length: int) -> Iterator[Difference]:
        """Compare each block with the other rows, in the mix of the block."""
        rows, width = len(self.cells), int(self.cells.max(initial=0)) + 1
        length = min(length, rows // FEWEST_BLOCKS)
        if not length:
            return
        whole = self._counts(slice(0, rows), width)
        for start in range(0, rows - length + 1, length):
            block = self._counts(slice(start, start + length), width)
            rest = whole - block
            others, mine = rest.sum(axis=1), block.sum(axis=1)
            known = (others > 0) & (mine > 0)
            shares = mine[known] / mine[known].sum()
            if not known.any():
                continue
            mix = (shares / others[known]) @ rest[known]
            before, now = mix / (shares**2 / others[known]).sum(), block[known].sum(axis=0)
            if np.count_nonzero(before + now) > 1:
                yield _difference(self.column, before, now)

    def _counts(self, rows: slice, width: int) -> Floats:
        """The rows by bucket and cell."""
        places = self.buckets[rows] * width + self.cells[rows]
        return np.bincount(places, minlength=BUCKETS * width).reshape(BUCKETS, width).astype(float)


def _cells(column: ColumnBaseline, values: Column) -> Places:
    if isinstance(column, NumberBaseline):
        numbers = numbers_of(values)
        places = np.minimum(np.searchsorted(column.counted.values, numbers), len(column.values) - 1)
        return np.where(np.isnan(numbers), -1, places)
    names = {name: place for place, name in enumerate(column.counts)}
    texts = zip(values.astype(object), values.isna(), strict=True)
    return np.array(
        [-1 if missing else names.get(_text(value), -1) for value, missing in texts], dtype=np.intp
    )


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool | np.bool_) else str(value)


def _difference(column: ColumnBaseline, before: Floats, now: Floats) -> Difference:
    if isinstance(column, NumberBaseline):
        return rank_difference(before, now)
    filled = (before + now) > 0
    return shares_difference(now[filled], before[filled])


def _expected(column: ColumnBaseline, found: Difference) -> float:
    if isinstance(column, NumberBaseline):
        return SQUARE_OF_MANY if column.binned else SQUARE_OF_FEW
    return SQUARE_OF_CATEGORIES + SQUARE_PER_LOG * log(found.tests) if found.tests > BINARY else 1.0
