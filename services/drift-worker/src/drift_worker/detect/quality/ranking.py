"""How well scores tell positive rows from negative ones, where rows have weights."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from drift_worker.detect.quality.estimate import Estimate, Floats, Part

LEAST_OF_A_CLASS: Final = 2
"""Rows of the rarer class below which no error can be estimated."""


def auc_of(positive: NDArray[np.bool_], scores: Floats, weights: Floats) -> Estimate | None:
    """The weighted area under the ROC curve, ties counting half; None with fewer than two rows of a class.

    A positive row's placement is the weight of the negative rows that it beats, as a share. The error is that
    of DeLong, DeLong and Clarke-Pearson (1988) with these placements; with equal weights it is theirs.
    """
    if min(positive.sum(), (~positive).sum()) < LEAST_OF_A_CLASS:
        return None
    above, below = scores[positive], scores[~positive]
    of_above, of_below = weights[positive], weights[~positive]
    beaten = _share_below(above, below, of_below)
    beating = 1.0 - _share_below(below, above, of_above)
    value = float(of_above @ beaten) / float(of_above.sum())
    return Estimate.of(value, _part(beaten, value, of_above), _part(beating, value, of_below))


def _share_below(scores: Floats, others: Floats, weights: Floats) -> Floats:
    """Of each score: the share of the others' weight that is below it, and half of what equals it."""
    order = np.argsort(others, kind="stable")
    ordered = others[order]
    sums = np.concatenate([[0.0], np.cumsum(weights[order])])
    below = sums[np.searchsorted(ordered, scores, side="left")]
    up_to = sums[np.searchsorted(ordered, scores, side="right")]
    shares: Floats = (below + up_to) / (2.0 * sums[-1])
    return shares


def _part(placements: Floats, mean: float, weights: Floats) -> Part:
    """What the placements of one class add to the variance."""
    count, squares = len(placements), np.square(weights).sum()
    rows = float(np.square(weights.sum()) / squares)
    spread = np.square(weights * (placements - mean)).sum() / squares
    return Part(float(spread * count / (count - 1)), rows)
