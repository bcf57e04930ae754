"""Labels whose delay depends on the outcome, with the horizon that they have to wait for and without it."""

import numpy as np

from bench.trial.quality.cases import STAYS_LATE
from bench.trial.quality.draws import HORIZON
from bench.trial.quality.watch import watched


def decisions(horizon_ms: int | None, streams: int = 5) -> list[list[str]]:
    """What is decided at the looks of each of some streams of a model that does not change."""
    rng = np.random.default_rng(20)
    return [[each.decision for each in watched(STAYS_LATE, rng, horizon_ms)] for _ in range(streams)]


def test_labels_that_have_matured_look_as_before() -> None:
    """Each window is looked at once all its labels have had their time: no action."""
    assert decisions(HORIZON) == [["NO_ACTION"] * 3] * 5


def test_the_same_labels_would_act_without_a_horizon() -> None:
    """Those of the outcome that is known soon come first, and the model is worse at it: every stream acts."""
    assert all("RETRAINING_TRIGGERED" in each for each in decisions(None))
