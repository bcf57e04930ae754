"""Which predictions have labels: their share in each cell, and the weights that follow.

Labels seldom come for all alike. Where those of high scores come more often, each counts less.
"""

from dataclasses import dataclass
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray

from drift_worker.detect.quality.estimate import Floats

DECILES: Final = 10


@dataclass(frozen=True, slots=True)
class Coverage:
    """Predictions and labels in each cell, or in each decile of the reference's output, the lowest first."""

    rows: tuple[int, ...]
    labelled: tuple[int, ...]

    @classmethod
    def of(cls, cells: NDArray[np.intp], labelled: NDArray[np.bool_], least: int = 0) -> Self:
        """Count predictions, each with its cell from 0 on, and those that are labelled.

        There are as many cells as the rows have, and this many at least.
        """
        count = max(least, int(cells.max(initial=-1)) + 1)
        every = np.bincount(cells, minlength=count).tolist()
        seen = np.bincount(cells[labelled], minlength=count).tolist()
        return cls(tuple(every), tuple(seen))

    @property
    def share(self) -> float | None:
        """The share of the predictions that have a label; None of no prediction."""
        return sum(self.labelled) / sum(self.rows) if sum(self.rows) else None

    @property
    def unseen(self) -> list[int]:
        """The cells with predictions and no label, from 0 on: nothing can be said of them."""
        pairs = zip(self.rows, self.labelled, strict=True)
        return [place for place, (rows, labelled) in enumerate(pairs) if rows and not labelled]

    def weights(self, cells: NDArray[np.intp]) -> Floats:
        """The weight of each labelled row by its cell: the inverse of its coverage; their mean is 1."""
        inverse = np.array(self.rows) / np.maximum(self.labelled, 1)
        found: Floats = inverse[cells]
        return found / found.mean() if len(found) else found


def edges_of(output: NDArray[Any]) -> Floats:
    """The bounds between the deciles of the reference's output; equal ones are one."""
    known = output[np.isfinite(output)]
    if not len(known):
        return np.empty(0)
    return np.unique(np.quantile(known, np.arange(1, DECILES) / DECILES))


def deciles_of(output: NDArray[Any], edges: Floats) -> NDArray[np.intp]:
    """The decile of each output, from 0 on; there are one more of them than edges."""
    return np.searchsorted(edges, output, side="right")
