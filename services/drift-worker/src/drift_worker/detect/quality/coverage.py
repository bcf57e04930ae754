"""Which predictions have labels: their share in each decile of the score, and the weights that follow.

Labels seldom come for all alike. Where those of high scores come more often, each counts less.
"""

from dataclasses import dataclass
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray

from drift_worker.detect.quality.estimate import Floats

DECILES: Final = 10

MOST_UNSEEN: Final = 0.05
"""The share of the predictions that may be in deciles without a label, for figures to speak of all."""


@dataclass(frozen=True, slots=True)
class Coverage:
    """Predictions and labels in each decile of the reference's out-of-fold output, the lowest first."""

    rows: tuple[int, ...]
    labelled: tuple[int, ...]

    @classmethod
    def of(cls, deciles: NDArray[np.intp], labelled: NDArray[np.bool_], bins: int) -> Self:
        """Count predictions, each with its decile, and those that are labelled."""
        every = np.bincount(deciles, minlength=bins).tolist()
        seen = np.bincount(deciles[labelled], minlength=bins).tolist()
        return cls(tuple(every), tuple(seen))

    @property
    def share(self) -> float | None:
        """The share of the predictions that have a label; None of no prediction."""
        return sum(self.labelled) / sum(self.rows) if sum(self.rows) else None

    @property
    def unseen(self) -> list[int]:
        """The deciles with predictions and no label, the lowest being 1: nothing can be said of them."""
        pairs = zip(self.rows, self.labelled, strict=True)
        return [place for place, (rows, labelled) in enumerate(pairs, 1) if rows and not labelled]

    @property
    def unseen_share(self) -> float:
        """The share of the predictions that are in such deciles."""
        return sum(self.rows[place - 1] for place in self.unseen) / max(sum(self.rows), 1)

    def weights(self, deciles: NDArray[np.intp]) -> Floats:
        """The weight of each labelled row by its decile: the inverse of its coverage; their mean is 1."""
        inverse = np.array(self.rows) / np.maximum(self.labelled, 1)
        found: Floats = inverse[deciles]
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
