"""The table of decisions, row by row."""

from typing import Any

import pytest
from drift_worker.decide.table import Evidence, Ruling, rule


def ruled(**changes: Any) -> Ruling:
    """The decision about a window of fourteen features in which nothing was found but for the changes."""
    nothing: dict[str, Any] = {
        "rows": 1_000,
        "features": 14,
        "drifted": [],
        "beyond_chance": [],
        "strong": [],
        "broken": [],
    }
    return rule(Evidence(**(nothing | changes)), min_rows=50, drift_share_threshold=0.30)


FIVE = ["a", "b", "c", "d", "e"]


def test_nothing_found_is_no_action() -> None:
    """The share's comparison is the only reason."""
    assert ruled() == Ruling("NO_ACTION", ("drift_share=0.00 < 0.30",))


def test_one_drifted_feature_is_no_action() -> None:
    """However certain it is."""
    assert ruled(drifted=["a"], beyond_chance=["a"]) == Ruling("NO_ACTION", ("drift_share=0.07 < 0.30",))


@pytest.mark.parametrize("changes", [{"rows": 49}, {"features": 0}])
def test_too_few_rows_or_features_are_insufficient(changes: dict[str, int]) -> None:
    """Whatever was found, too little was looked at."""
    ruling = ruled(broken=["a: broken"], **changes)
    assert ruling.decision == "INSUFFICIENT_DATA"
    assert ruling.reasons[0] in ("rows=49 < 50", "no feature was evaluated")


def test_a_share_beyond_chance_is_retraining() -> None:
    """The comparison comes first, as the printed line has always had it."""
    ruling = ruled(drifted=FIVE, beyond_chance=["a"], strong=["a: moved"])
    assert ruling.decision == "RETRAINING_TRIGGERED"
    assert ruling.reasons == ("drift_share=0.36 >= 0.30",)


def test_a_share_within_chance_is_no_action() -> None:
    """A share over the threshold without a feature beyond chance is told as such."""
    ruling = ruled(drifted=FIVE)
    assert (ruling.decision, ruling.reasons[0]) == ("NO_ACTION", "drift_share=0.36 >= 0.30, within chance")


def test_broken_data_are_never_retrained_on() -> None:
    """A break comes before any share, and is the first reason."""
    ruling = ruled(drifted=FIVE, beyond_chance=FIVE, broken=["a: broken"])
    assert (ruling.decision, ruling.reasons[0]) == ("INVESTIGATE", "a: broken")


def test_one_strong_shift_is_worth_a_look() -> None:
    """One feature that moved far is the first reason."""
    ruling = ruled(drifted=["a"], beyond_chance=["a"], strong=["a: moved by 0.41 SD"])
    assert (ruling.decision, ruling.reasons[0]) == ("INVESTIGATE", "a: moved by 0.41 SD")


def test_a_share_just_below_the_threshold_shows_the_difference() -> None:
    """As many digits are printed as tell the two apart."""
    ruling = ruled(features=27, drifted=["x"] * 8)
    assert ruling.reasons[0] == "drift_share=0.296 < 0.300"
