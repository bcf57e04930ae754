"""Labels that come by the score: each counts by how few of its decile are labelled."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drift_worker.detect.quality.coverage import Coverage, deciles_of, edges_of
from drift_worker.detect.quality.ranking import auc_of


def test_a_label_counts_by_the_inverse_of_its_deciles_coverage() -> None:
    """The mean weight is 1."""
    deciles = np.repeat([0, 1], [100, 100])
    labelled = np.zeros(200, bool)
    labelled[:50] = labelled[100:110] = True
    coverage = Coverage.of(deciles, labelled, 10)
    weights = coverage.weights(deciles[labelled])
    assert weights[-1] / weights[0] == pytest.approx(5)
    assert weights.mean() == pytest.approx(1)
    assert coverage.share == 60 / 200


@given(st.lists(st.integers(0, 9), min_size=1, max_size=200))
def test_labels_of_all_predictions_count_alike(deciles: list[int]) -> None:
    """Exactly."""
    places = np.array(deciles)
    coverage = Coverage.of(places, np.ones(len(places), bool), 10)
    assert (coverage.weights(places) == 1.0).all()
    assert coverage.unseen == []


def test_a_cell_with_rows_and_no_label_is_named() -> None:
    """Of an empty one nothing is missing."""
    coverage = Coverage.of(
        np.repeat([0, 3, 9], [10, 20, 70]), np.repeat([True, False, True], [10, 20, 70]), 10
    )
    assert coverage.unseen == [3]


def test_without_weights_an_auc_of_labels_by_score_is_wrong_and_with_them_it_is_not() -> None:
    """Labels that come for high scores alone, five times as often."""
    rng = np.random.default_rng(3)
    scores = rng.beta(1, 2, 40_000)
    positive = rng.random(40_000) < scores
    deciles = deciles_of(scores, edges_of(scores))
    labelled = rng.random(40_000) < np.where(scores > 0.3, 0.5, 0.05)
    weights = Coverage.of(deciles, labelled, 10).weights(deciles[labelled])
    every = auc_of(positive, scores, np.ones(40_000))
    weighted = auc_of(positive[labelled], scores[labelled], weights)
    unweighted = auc_of(positive[labelled], scores[labelled], np.ones(int(labelled.sum())))
    assert every
    assert weighted
    assert unweighted
    assert abs(weighted.value - every.value) < 0.01
    assert every.value - unweighted.value > 0.05


def test_equal_outputs_share_a_decile() -> None:
    """An output of two values has two deciles; one without values has one."""
    output = np.array([0.2] * 90 + [0.7] * 10)
    edges = edges_of(output)
    assert len(set(deciles_of(output, edges))) <= 2
    assert deciles_of(output, edges_of(np.array([np.nan]))).tolist() == [0] * 100
