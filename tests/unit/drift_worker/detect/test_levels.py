"""The levels of chance, and how they follow from the budget of false actions."""

import pytest

from drift_worker.detect.levels import Levels


def test_half_of_the_budget_is_shared_by_all_checks() -> None:
    """Checks of eight kinds on every column together act falsely once in 4,320 windows."""
    assert Levels(15).action == pytest.approx(1 / 4320 / (8 * 15))
    assert Levels(15, alert_budget=4).action == pytest.approx(4 * Levels(15).action)
    assert Levels(15).drifted == pytest.approx(0.01 / 15)


def test_pairs_share_what_one_kind_of_check_has() -> None:
    """However many pairs there are, relations together have one kind's share."""
    assert Levels(15).relation(91) * 91 == pytest.approx(1 / 4320 / 8)
    assert Levels(15).relation(0) == pytest.approx(1 / 4320 / 8)


@pytest.mark.parametrize(
    ("columns", "budget"), [(0, 1.0), (5, 0.0), (5, -1.0), (5, 2161.0), (5, float("nan"))]
)
def test_levels_without_columns_or_budget_are_refused(columns: int, budget: float) -> None:
    """A budget is a number of windows above 0 and at most all of them."""
    with pytest.raises(ValueError, match="no levels"):
        Levels(columns, budget)
