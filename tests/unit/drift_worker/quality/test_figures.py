"""The figures of quality, checked against scikit-learn, DeLong's error and intervals that are drawn."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn import metrics

from baseline.auc import auc_of as unweighted_auc
from contract.labels.label import LARGEST_NUMBER
from contract.schema import Feature, Schema
from drift_worker.decide.quality import ACTION, LOOKS
from drift_worker.detect.quality.binary import binary_figures, calibration
from drift_worker.detect.quality.estimate import Estimate, Floats, mean_of, ratio_of
from drift_worker.detect.quality.labelled import Labelled, ModelTask, labelled_rows
from drift_worker.detect.quality.losses import multiclass_figures, regression_figures
from drift_worker.detect.quality.measure import LARGEST_Z, label_shares, measure, z_of
from drift_worker.detect.quality.ranking import auc_of

RNG = np.random.default_rng(7)
ROWS = 700


def drawn(rows: int = ROWS, seed: int = 7) -> tuple[NDArray[np.bool_], Floats, Floats]:
    """Labels, scores with ties that tell something of them, and weights."""
    rng = np.random.default_rng(seed)
    scores = np.round(rng.beta(1, 2, rows), 2)
    return rng.random(rows) < scores, scores, rng.uniform(0.5, 3, rows)


def value(estimate: Estimate | None) -> float:
    """A figure that is there."""
    assert estimate is not None
    return estimate.value


def test_the_figures_of_two_classes_are_those_of_scikit_learn() -> None:
    """With weights, each of them."""
    positive, scores, weights = drawn()
    scores = np.clip(scores, 0.01, 0.99)
    found = binary_figures(positive, scores, weights, 0.5)
    called, options = scores >= 0.5, {"sample_weight": weights}
    expected = {
        "auc": metrics.roc_auc_score(positive, scores, **options),
        "log_loss": metrics.log_loss(positive, scores, **options),
        "brier": metrics.brier_score_loss(positive, scores, **options),
        "accuracy": metrics.accuracy_score(positive, called, **options),
        "precision": metrics.precision_score(positive, called, **options),
        "recall": metrics.recall_score(positive, called, **options),
        "f1": metrics.f1_score(positive, called, **options),
        "positive_rate": np.average(called, weights=weights),
    }
    assert {name: value(each) for name, each in found.items()} == pytest.approx(expected)


def test_the_figures_of_several_classes_are_those_of_scikit_learn() -> None:
    """Accuracy, macro-F1 and log-loss, with weights."""
    probabilities = RNG.dirichlet([1, 1, 2], ROWS)
    truth = np.array([RNG.choice(3, p=each) for each in probabilities])
    predicted, weights = probabilities.argmax(axis=1), RNG.uniform(0.5, 3, ROWS)
    found = multiclass_figures(truth, predicted, weights, 3, probabilities[np.arange(ROWS), truth])
    options: dict[str, Any] = {"sample_weight": weights}
    expected = {
        "accuracy": metrics.accuracy_score(truth, predicted, **options),
        "macro_f1": metrics.f1_score(truth, predicted, average="macro", **options),
        "log_loss": metrics.log_loss(truth, probabilities, **options),
    }
    assert {name: value(each) for name, each in found.items()} == pytest.approx(expected)


def test_the_figures_of_numbers_are_those_of_scikit_learn() -> None:
    """The four of a regression, with weights; the mean error has the sign of too high predictions."""
    truth, weights = RNG.normal(100, 20, ROWS), RNG.uniform(0.5, 3, ROWS)
    predicted = truth + RNG.normal(3, 5, ROWS)
    found = regression_figures(truth, predicted, weights)
    expected = {
        "mae": metrics.mean_absolute_error(truth, predicted, sample_weight=weights),
        "rmse": metrics.root_mean_squared_error(truth, predicted, sample_weight=weights),
        "bias": np.average(predicted - truth, weights=weights),
        "r2": metrics.r2_score(truth, predicted, sample_weight=weights),
    }
    assert {name: value(each) for name, each in found.items()} == pytest.approx(expected)
    assert value(found["bias"]) > 2


@given(st.integers(0, 10_000), st.integers(10, 300))
def test_with_equal_weights_the_error_of_an_auc_is_delongs(seed: int, rows: int) -> None:
    """So it is that of training, whatever the ties."""
    positive, scores, _ = drawn(rows, seed)
    if min(positive.sum(), (~positive).sum()) < 2:
        assert auc_of(positive, scores, np.ones(rows)) is None
        return
    found, expected = auc_of(positive, scores, np.full(rows, 2.5)), unweighted_auc(positive, scores)
    assert found is not None
    assert (found.value, found.standard_error) == pytest.approx(tuple(expected))


def test_a_row_of_weight_two_moves_an_auc_as_two_rows_do() -> None:
    """A weight says for how many rows one stands."""
    positive, scores, _ = drawn(60)
    twice = RNG.integers(1, 3, 60)
    repeated = auc_of(np.repeat(positive, twice), np.repeat(scores, twice), np.ones(twice.sum()))
    assert value(auc_of(positive, scores, twice.astype(float))) == pytest.approx(value(repeated))


@pytest.mark.parametrize("metric", ["auc", "log_loss", "brier", "precision", "recall", "f1", "positive_rate"])
def test_95_of_100_intervals_hold_the_true_figure(metric: str) -> None:
    """Of 400 samples with weights; the figure of 200,000 rows is the true one."""
    rng = np.random.default_rng(11)

    def sample(rows: int) -> tuple[NDArray[np.bool_], Floats, Floats]:
        scores = np.clip(rng.beta(1, 2, rows), 0.01, 0.99)
        return rng.random(rows) < scores, scores, np.where(rng.random(rows) < 0.5, 1.0, 2.0)

    truth = value(binary_figures(*sample(200_000), 0.5)[metric])
    held = 0
    for _ in range(400):
        estimate = binary_figures(*sample(500), 0.5)[metric]
        assert estimate is not None
        low, high = estimate.interval()
        assert low is not None
        assert high is not None
        held += low <= truth <= high
    assert 0.92 <= held / 400 <= 0.98


def test_calibration_says_what_was_expected_and_what_became_true() -> None:
    """By decile, with an interval that has a width where all rows are alike."""
    scores = np.array([0.1] * 50 + [0.9] * 100)
    positive = np.array([False] * 50 + [True] * 80 + [False] * 20)
    low, high = calibration(positive, scores, np.ones(150), np.repeat([0, 9], [50, 100]))
    assert (low.decile, low.labels, low.observed, high.decile, high.labels) == (1, 50, 0, 10, 100)
    assert (low.expected, high.expected, high.observed) == pytest.approx((0.1, 0.9, 0.8))
    assert 0 <= low.low < low.high < 0.1
    assert high.low < 0.8 < high.high


def test_what_cant_be_measured_is_absent_and_never_0() -> None:
    """No row called positive has no precision; one row has no error; one class has no AUC."""
    positive, weights = np.array([True, True, True]), np.ones(3)
    found = binary_figures(positive, np.array([0.1, 0.2, 0.3]), weights, 0.5)
    assert found["precision"] is None
    assert found["auc"] is None
    assert mean_of(np.array([1.0]), np.ones(1)) is None
    assert ratio_of(np.zeros(3), np.zeros(3), weights) is None
    assert binary_figures(np.empty(0, bool), np.empty(0), np.empty(0), 0.5) == dict.fromkeys(found)
    assert set(regression_figures(np.empty(0), np.empty(0), np.empty(0)).values()) == {None}


NUMBERS = st.floats(allow_nan=False, allow_infinity=False)


@given(st.lists(st.tuples(NUMBERS, NUMBERS), min_size=2, max_size=6))
def test_every_figure_of_any_numbers_is_finite(rows: list[tuple[float, float]]) -> None:
    """Labels that were taken before, and what a model says, may be of any size."""
    schema = Schema(entity="id", features=[Feature(name="x", kind="numerical")], task="regression")
    (output,) = schema.outputs
    frame = pd.DataFrame({output: [each[0] for each in rows]})
    now = labelled_rows(frame, pd.Series([each[1] for each in rows]), schema, ModelTask("regression"))
    before = {name: each for name, each in now.figures().items() if each is not None}
    told = [each.model_dump() for each in [*measure(now, before), *label_shares(now, now)]]
    numbers = [number for each in told for number in each.values() if isinstance(number, float)]
    assert np.isfinite(numbers).all()
    assert told[0]["metric"] == "mae"
    assert told[0]["value"] is not None


def test_a_label_of_any_size_moves_figures_as_the_largest_one_does() -> None:
    """It is no error, and no infinite figure."""
    predicted = np.arange(100.0)
    schema = Schema(entity="id", features=[Feature(name="x", kind="numerical")], task="regression")

    def figures(largest: float) -> dict[str, Estimate | None]:
        truth = pd.Series([*predicted[1:], largest])
        frame = pd.DataFrame(dict.fromkeys(schema.outputs, predicted))
        return labelled_rows(frame, truth, schema, ModelTask("regression")).figures()

    assert value(figures(1e160)["mae"]) == pytest.approx(LARGEST_NUMBER / 100)
    assert figures(1e160) == figures(LARGEST_NUMBER)


@pytest.mark.parametrize(
    ("metric", "now", "before", "z"),
    [
        ("auc", (0.48, 0.03), (0.83, 0.04), 7.0),
        ("log_loss", (0.48, 0.03), (0.83, 0.04), -7.0),
        ("mae", (12.0, 3.0), (2.0, 4.0), 2.0),
        ("accuracy", (0.0, 0.0), (1.0, 0.0), LARGEST_Z),
        ("accuracy", (1.0, 0.0), (1.0, 0.0), 0.0),
        ("bias", (5.0, 1.0), (0.0, 1.0), None),
    ],
)
def test_z_is_above_0_where_the_model_is_worse(
    metric: str, now: tuple[float, float], before: tuple[float, float], z: float | None
) -> None:
    """In standard errors of the difference; what is neither better nor worse has none."""
    assert z_of(metric, Estimate(*now), Estimate(*before)) == pytest.approx(z)


@pytest.mark.parametrize(("accuracy", "rows"), [(0.99, 150), (0.97, 150), (0.9, 150), (0.99, 1_000)])
def test_a_small_reference_that_was_lucky_makes_no_false_action(accuracy: float, rows: int) -> None:
    """Of 2,000 models as good as before; a reference without a mistake is no proof."""
    rng = np.random.default_rng(rows)
    actions = 0
    for _ in range(2_000):
        now, before = (mean_of(rng.random(n) < accuracy, np.ones(n)) for n in (2_000, rows))
        assert now is not None
        assert before is not None
        actions += (z_of("accuracy", now, before) or 0.0) >= ACTION
    assert actions <= 2_000 / LOOKS + 2


@pytest.mark.parametrize(("apart", "share", "rows"), [(3.6, 0.5, 200), (2.3, 0.1, 500), (1.35, 0.1, 500)])
def test_a_small_reference_with_a_lucky_ranking_makes_no_false_action(
    apart: float, share: float, rows: int
) -> None:
    """Of 1,000 models as good as before; `apart` is how far the scores of both classes are, in deviations."""
    rng = np.random.default_rng(rows)

    def drawn_auc(count: int) -> Estimate:
        positive = rng.random(count) < share
        found = auc_of(positive, rng.normal(apart * positive, 1.0), np.ones(count))
        assert found is not None
        return found

    actions = sum((z_of("auc", drawn_auc(2_000), drawn_auc(rows)) or 0.0) >= ACTION for _ in range(1_000))
    assert actions <= 1_000 / LOOKS + 2


def test_shares_of_0_and_1_have_intervals_with_a_width() -> None:
    """150 rows that were all right are no proof of a model that is never wrong."""
    places = np.zeros(150, dtype=np.intp)
    right = Labelled(
        ModelTask("multiclass", ("a", "b")),
        truth=places,
        output=np.ones(150),
        kept=np.ones(150, bool),
        predicted=places,
    )
    (accuracy, *_) = measure(right, {})
    assert accuracy.value == 1.0
    assert accuracy.low == pytest.approx(0.975, abs=1e-3)


def test_an_error_that_nobody_knows_is_no_error_of_0() -> None:
    """Then there is no z, and nothing is decided."""
    assert z_of("auc", Estimate(0.7, 0.01), Estimate(0.83, None)) is None
