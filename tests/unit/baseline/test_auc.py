"""The AUC and its standard error."""

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from baseline.auc import auc_of


@pytest.mark.parametrize("decimals", [1, 12])
def test_the_auc_is_scikit_learns(decimals: int) -> None:
    """Ties, of which rounded scores have many, count half."""
    rng = np.random.default_rng(1)
    positive = rng.random(500) < 0.3
    scores = np.round(rng.random(500) + 0.3 * positive, decimals)

    assert auc_of(positive, scores).auc == pytest.approx(roc_auc_score(positive, scores), abs=1e-12)


def test_the_standard_error_is_that_of_repeated_samples() -> None:
    """Over 2,000 samples of one source the AUC varies by as much as the error of one sample says."""
    rng = np.random.default_rng(2)
    found = []
    for _ in range(2000):
        positive = np.arange(300) < 90
        found.append(auc_of(positive, rng.normal(size=300) + 0.8 * positive))

    assert np.std([each.auc for each in found]) == pytest.approx(
        np.mean([each.standard_error for each in found]), rel=0.05
    )


def test_one_row_of_a_class_is_too_few() -> None:
    """Nothing can be said of how far such an AUC would vary."""
    with pytest.raises(ValueError, match="at least two positive and two negative rows"):
        auc_of(np.array([True, False, False]), np.array([0.1, 0.2, 0.3]))
