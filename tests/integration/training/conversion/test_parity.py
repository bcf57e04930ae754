"""When two models count as one."""

import numpy as np
import pytest

from training.errors import TrainingError
from training.model.conversion.parity import check_parity

PROBABILITIES = np.column_stack([np.linspace(0, 1, 1200), np.linspace(1, 0, 1200)])
VALUES = np.linspace(-1000.0, 3000.0, 1200)


def test_probabilities_may_differ_by_the_tolerance() -> None:
    """A hundred-thousandth, unless another is given."""
    check_parity(PROBABILITIES, PROBABILITIES + 9e-6)
    check_parity(PROBABILITIES, PROBABILITIES + 9e-3, tolerance=1e-2)


def test_the_message_counts_the_rows() -> None:
    """And says by how much, what is expected and what to do."""
    converted = PROBABILITIES.copy()
    converted[:1100, 0] += 0.25

    with pytest.raises(TrainingError) as refused:
        check_parity(PROBABILITIES, converted)

    assert str(refused.value) == (
        "the converted model differs from the original in 1,100 of 1,200 rows, by up to 0.25; expected at "
        "most 0.00001: use another estimator or other preparation steps, or export the model to ONNX "
        "yourself and check it"
    )


@pytest.mark.parametrize("unit", [1e-6, 1.0, 1e6])
@pytest.mark.parametrize("offset", [0.0, 1e4])
def test_a_regressions_unit_and_offset_do_not_matter(unit: float, offset: float) -> None:
    """The tolerance is a share of the value, or of the standard deviation of all values."""
    values = (VALUES + offset) * unit

    check_parity(values, values + 5e-3 * unit)
    with pytest.raises(TrainingError, match="differs from the original in 1 of 1,200 rows"):
        check_parity(values, np.where(np.arange(1200) == 300, values + 0.5 * unit, values))


def test_an_answer_that_is_missing_on_one_side_differs() -> None:
    """On both sides it doesn't."""
    holes = np.where(VALUES > 0, VALUES, np.nan)

    check_parity(holes, holes)
    with pytest.raises(TrainingError, match="by up to inf"):
        check_parity(VALUES, holes)


def test_answers_of_another_shape_differ() -> None:
    """Such as classes that are missing."""
    with pytest.raises(TrainingError, match=r"answers with shape \(1200, 1\), the original with \(1200, 2\)"):
        check_parity(PROBABILITIES, PROBABILITIES[:, :1])
