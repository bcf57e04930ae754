"""Cells within which labels come alike: by the predicted class, by the output, and where coverage changes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from drift_worker.detect.quality.coverage import Coverage, deciles_of, edges_of
from drift_worker.detect.quality.labelled import ModelTask
from drift_worker.detect.quality.weights.cells import cells_of
from drift_worker.detect.quality.weights.unseen import unseen_share

ROWS = 4_000


def cells(
    output: NDArray[np.float64], labelled: NDArray[np.bool_], classes: NDArray[np.intp] | None = None
) -> NDArray[np.intp]:
    """The cells of rows by their own deciles."""
    every = np.zeros(len(output), np.intp) if classes is None else classes
    return cells_of(output, deciles_of(output, edges_of(output)), every, labelled)


def test_labels_that_come_evenly_leave_the_deciles_whole() -> None:
    """A cut by chance is rare: none in ten draws."""
    rng = np.random.default_rng(5)
    for _ in range(10):
        output = rng.random(ROWS)
        assert len(np.unique(cells(output, rng.random(ROWS) < 0.5))) == 10


@pytest.mark.parametrize("rest", [0.05, 0.2])
def test_a_decile_is_cut_where_its_coverage_changes(rest: float) -> None:
    """The top two of 100, all of them labelled, are a cell of their own."""
    rng = np.random.default_rng(6)
    output = rng.random(ROWS)
    top = output > np.quantile(output, 0.98)
    found = cells(output, top | (rng.random(ROWS) < rest))
    lowest = output[found == found[np.argmax(output)]].min()
    assert (output >= lowest).sum() == pytest.approx(top.sum(), abs=4)


def test_each_predicted_class_has_its_own_coverage() -> None:
    """Whatever the outputs of both: no cell has rows of two classes."""
    rng = np.random.default_rng(7)
    output, classes = rng.random(ROWS), rng.integers(0, 2, ROWS)
    labelled = rng.random(ROWS) < np.where(classes == 1, 0.9, 0.3)
    found = cells(output, labelled, classes)
    assert all(len(np.unique(classes[found == each])) == 1 for each in np.unique(found))
    weights = Coverage.of(found, labelled).weights(found[labelled])
    mean = [weights[classes[labelled] == each].mean() for each in (0, 1)]
    assert mean[0] / mean[1] == pytest.approx(3, rel=0.1)


def test_a_class_that_is_never_labelled_is_one_cell() -> None:
    """So it is unseen as a whole."""
    rng = np.random.default_rng(8)
    output, classes = rng.random(ROWS), rng.integers(0, 2, ROWS)
    labelled = classes == 1
    found = cells(output, labelled, classes)
    (unseen,) = Coverage.of(found, labelled).unseen
    assert (found == unseen).tolist() == (classes == 0).tolist()


def test_the_highest_scores_without_a_label_are_told_apart() -> None:
    """A top that is declined, and so never labelled, is not what the rest of its decile stands for."""
    rng = np.random.default_rng(9)
    output = rng.random(ROWS)
    labelled = output < 0.97
    found = cells(output, labelled)
    coverage = Coverage.of(found, labelled)
    assert np.isin(found, coverage.unseen).tolist() == (~labelled).tolist()


def test_labels_that_come_and_go_along_the_output_end_in_so_many_cells() -> None:
    """Every other 30 rows, 3,000 times: it takes no longer, and no more memory, than it should."""
    output = np.arange(90_000) / 90_000
    found = cells(output, np.arange(90_000) // 30 % 2 == 0)
    assert len(np.unique(found)) < 1_000


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 2), st.booleans()), max_size=150))
def test_every_row_has_a_cell_whatever_the_rows(rows: list[tuple[int, int, bool]]) -> None:
    """Equal outputs of a class share theirs."""
    output, classes, labelled = (np.array([each[place] for each in rows]) for place in range(3))
    found = cells_of(output.astype(float), output.astype(np.intp), classes, labelled.astype(bool))
    assert sorted(set(found.tolist())) == list(range(len(set(found.tolist()))))
    for each in set(zip(output.tolist(), classes.tolist(), strict=True)):
        assert len(set(found[(output == each[0]) & (classes == each[1])].tolist())) == 1


def test_few_rows_may_be_most_of_the_positive_ones() -> None:
    """Of 2 positives in 100, most have high scores; of numbers, rows count."""
    score = np.array([0.005] * 97 + [0.5] * 3)
    top = (score > 0.1).astype(np.intp)
    coverage = Coverage.of(top, score < 0.1, 2)
    assert unseen_share(score, top, coverage, ModelTask("binary")) == pytest.approx(1.5 / 1.985)
    assert unseen_share(score, top, coverage, ModelTask("regression")) == pytest.approx(0.03)
