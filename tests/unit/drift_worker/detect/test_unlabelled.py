"""The figures that labels would show on average, where each row says how probable its classes are."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn.metrics import accuracy_score, f1_score, roc_auc_score

from baseline.auc import auc_of
from bundle import Calibration, ClassCalibration
from drift_worker.detect.unlabelled.calibrated import calibrated, calibrated_classes
from drift_worker.detect.unlabelled.expected import expected_of_classes, expected_of_two
from drift_worker.estimates import EstimatedFigure

DRAWS = 2_000

Figures = dict[str, EstimatedFigure]


def by_metric(figures: list[EstimatedFigure]) -> Figures:
    """The figures by their metric."""
    return {each.metric: each for each in figures}


def rows_of_two(seed: int, rows: int = 400) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Scores, of which some are equal, and the probability that each row is positive."""
    scores = np.random.default_rng(seed).beta(1, 3, rows).round(2)
    return scores, 0.05 + 0.8 * scores


@given(st.lists(st.tuples(st.sampled_from([0.1, 0.3, 0.5, 0.8]), st.booleans()), min_size=4, max_size=60))
def test_labels_are_probabilities_of_nought_and_one(rows: list[tuple[float, bool]]) -> None:
    """Then the figures are those that scikit-learn measures, and the AUC's error is DeLong's."""
    scores, labels = (np.array(column) for column in zip(*rows, strict=True))
    found = by_metric(expected_of_two(scores, labels.astype(float), 0.5))

    predicted = scores >= 0.5
    assert found["accuracy"].value == pytest.approx(accuracy_score(labels, predicted), abs=1e-6)
    if labels.any() or predicted.any():
        assert found["f1"].value == pytest.approx(f1_score(labels, predicted), abs=1e-6)
    if 0 < labels.sum() < len(labels):
        assert found["auc"].value == pytest.approx(roc_auc_score(labels, scores), abs=1e-6)
    if 2 <= labels.sum() <= len(labels) - 2:
        # DeLong's variance has one row less in its denominator
        exact, above, below = auc_of(labels, scores), labels.sum(), (~labels).sum()
        assert found["auc"].standard_error == pytest.approx(exact.standard_error, rel=1 / min(above, below))


@pytest.mark.parametrize("rows", [30, 400])
def test_an_estimate_is_the_mean_of_what_labels_show(rows: int) -> None:
    """Labels are drawn by the probabilities; their figures scatter around it within the standard error."""
    rng = np.random.default_rng(1)
    scores, positive = rows_of_two(2, rows)
    found = by_metric(expected_of_two(scores, positive, 0.3))

    shown: dict[str, list[float]] = {name: [] for name in found}
    for labels in rng.random((DRAWS, rows)) < positive:
        if 0 < labels.sum() < rows:
            for each in expected_of_two(scores, labels.astype(float), 0.3):
                shown[each.metric].append(each.value)

    for name, values in shown.items():
        error = found[name].standard_error
        assert np.mean(values) == pytest.approx(found[name].value, abs=0.2 * error), name
        assert np.std(values) <= 1.1 * error, name


def test_an_interval_holds_what_windows_of_a_population_show() -> None:
    """Rows and labels drawn afresh lie within 1.96 standard errors of their estimate in about 95 %."""
    rng = np.random.default_rng(3)
    inside = []
    for _ in range(DRAWS):
        scores, positive = rows_of_two(int(rng.integers(1 << 30)))
        labels = (rng.random(len(scores)) < positive).astype(float)
        estimates, measured = (by_metric(expected_of_two(scores, p, 0.3)) for p in (positive, labels))
        inside.append(
            [
                abs(measured[name].value - each.value) <= 1.96 * each.standard_error
                for name, each in estimates.items()
            ]
        )
    assert (np.mean(inside, axis=0) >= 0.93).all()


def test_weights_count_rows_as_often() -> None:
    """A row of weight 2 is two rows, and weights of 1 change nothing."""
    scores, positive = rows_of_two(4, 50)
    labels = (positive > 0.3).astype(float)
    twice = np.where(np.arange(50) % 3 == 0, 2, 1)

    weighted = expected_of_two(scores, labels, 0.3, twice.astype(float))
    repeated = expected_of_two(np.repeat(scores, twice), np.repeat(labels, twice), 0.3)

    assert [each.value for each in weighted] == pytest.approx([each.value for each in repeated], abs=1e-6)
    assert expected_of_two(scores, positive, 0.3) == expected_of_two(scores, positive, 0.3, np.ones(50))


def test_what_rows_do_not_set_is_left_out() -> None:
    """A single row has no AUC; where nothing is positive or predicted, there is no F1."""
    alone = by_metric(expected_of_two(np.array([0.9]), np.array([0.4]), 0.5))
    negative = by_metric(expected_of_two(np.array([0.1, 0.2]), np.zeros(2), 0.5))

    assert set(alone) == {"accuracy", "f1"}
    assert set(negative) == {"accuracy"}
    assert (negative["accuracy"].value, negative["accuracy"].standard_error) == (1.0, 0.0)


def test_several_classes_are_expected_as_scikit_learn_measures() -> None:
    """Labels drawn by the probabilities show on average what was estimated; a class without a row is none."""
    rng = np.random.default_rng(5)
    probabilities = np.column_stack([rng.dirichlet((2, 1, 0.5), 500), np.zeros(500)])
    predicted = probabilities.argmax(axis=1)
    found = by_metric(expected_of_classes(predicted, probabilities))

    draws = (probabilities.cumsum(axis=1)[None] < rng.random((300, 500, 1))).sum(axis=2)
    f1 = [f1_score(each, predicted, average="macro") for each in draws]
    assert found["macro_f1"].value == pytest.approx(np.mean(f1), abs=0.005)
    assert found["accuracy"].value == pytest.approx((draws == predicted).mean(), abs=0.005)
    assert np.std(f1) <= found["macro_f1"].standard_error * 1.1
    certain = by_metric(expected_of_classes(predicted, np.eye(4)[draws[0]]))
    assert certain["macro_f1"].value == pytest.approx(f1[0], abs=1e-6)


def test_a_curve_is_level_beyond_its_ends() -> None:
    """Between two knots it is straight."""
    curve = Calibration(x=(0.2, 0.6), y=(0.1, 0.9))
    assert calibrated(np.array([0.0, 0.2, 0.4, 1.0]), curve) == pytest.approx([0.1, 0.1, 0.5, 0.9])


def test_a_class_has_a_curve_where_it_is_predicted_and_one_elsewhere() -> None:
    """The same probability means more of a class that was predicted than of one that was not."""
    often, rarely = Calibration(x=(0.0, 1.0), y=(0.5, 1.0)), Calibration(x=(0.0, 1.0), y=(0.0, 0.5))
    curves = [ClassCalibration(predicted=often, others=rarely)] * 2
    found = calibrated_classes(np.array([[0.6, 0.4], [0.2, 0.8]]), curves)
    assert found == pytest.approx(np.array([[0.8, 0.2], [0.1, 0.9]]))
