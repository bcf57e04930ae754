"""The area under the ROC curve, with its standard error."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata


class Auc(NamedTuple):
    """An AUC, from 0 to 1, and its standard error."""

    auc: float
    standard_error: float


def auc_of(positive: NDArray[np.bool_], scores: NDArray[Any]) -> Auc:
    """Measure how well scores, shape (rows,), tell positive rows from negative ones; ties count half.

    The standard error is that of DeLong, DeLong and Clarke-Pearson, 1988, computed from mid-ranks as Sun and
    Xu, 2014, do. Raises ValueError with fewer than two rows of a class: then no error can be estimated.
    """
    above, below = np.asarray(scores[positive], float), np.asarray(scores[~positive], float)
    if min(len(above), len(below)) < 2:  # noqa: PLR2004 - a variance needs two values
        raise ValueError("expected at least two positive and two negative rows")
    ranks = rankdata(np.concatenate([above, below]))
    beaten = (ranks[: len(above)] - rankdata(above)) / len(below)
    beating = 1 - (ranks[len(above) :] - rankdata(below)) / len(above)
    variance = beaten.var(ddof=1) / len(above) + beating.var(ddof=1) / len(below)
    return Auc(float(beaten.mean()), float(np.sqrt(variance)))
