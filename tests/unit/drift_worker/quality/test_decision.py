"""The decision by labels: the first row of its table that holds."""

from typing import Any

import pytest
from scipy.stats import norm

from drift_worker.decide.quality import LOOKS, decide_quality, quality_line, short
from drift_worker.stretch import Length, QualityFigure, Stretch, Unseen


def stretch(z: float | None, length: Length = "short", **changes: Any) -> Stretch:
    """A stretch of 2,000 labels whose AUC is worse by z standard errors."""
    reference = None if z is None else 0.83
    value = 0.83 if z is None else round(0.83 - z / 100, 4)
    figure = QualityFigure(metric="auc", value=value, reference=reference, z=z)
    fields: dict[str, Any] = {
        "length": length,
        "labels": 2_000,
        "rows": 2_500,
        "first_time": "",
        "last_time": "",
        "coverage": 0.8,
        "rarest": 500,
        "figures": [figure],
    }
    return Stretch.model_validate({**fields, **changes})


@pytest.mark.parametrize(
    ("short", "long", "decision", "finding"),
    [
        (-3.0, None, "NO_ACTION", False),
        (2.32, None, "NO_ACTION", False),
        (2.33, None, "NO_ACTION", True),
        (3.28, None, "NO_ACTION", True),
        (3.29, None, "RETRAINING_TRIGGERED", True),
        (0.0, 2.57, "NO_ACTION", False),
        (0.0, 2.58, "NO_ACTION", True),
        (2.33, 0.0, "NO_ACTION", True),
        (0.0, 3.29, "RETRAINING_TRIGGERED", True),
        (11.0, 0.0, "RETRAINING_TRIGGERED", True),
    ],
)
def test_the_stretch_that_is_worse_decides(
    short: float, long: float | None, decision: str, finding: bool
) -> None:
    """At 3.29 it is an action, at 2.33, or in the long one at 2.58, a finding; being better is neither."""
    verdict = decide_quality([stretch(short), *([] if long is None else [stretch(long, "long")])], 50)
    assert (verdict.decision, verdict.finding) == (decision, finding)
    assert verdict.severity == ("high" if decision == "RETRAINING_TRIGGERED" else None)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"labels": 49}, "labels=49 < 50"),
        ({"rarest": 9}, "9 labels of the rarer class < 10"),
        ({"figures": []}, "no figure can be measured (labels=2000)"),
        (
            {"unseen_cells": [Unseen(low=0.2, high=0.3125, rows=75)], "unseen_share": 0.031},
            "no label of 75 of 2500 predictions (output 0.2 to 0.3125), "
            "3.1% of all or of one outcome: not estimable",
        ),
    ],
)
def test_what_can_not_be_decided_says_why(changes: dict[str, Any], reason: str) -> None:
    """However bad the figure is."""
    verdict = decide_quality([stretch(11.0, **changes)], 50)
    assert (verdict.decision, verdict.reasons) == ("INSUFFICIENT_DATA", [reason])


def test_without_a_reference_nothing_is_decided() -> None:
    """It is said, and is not 0."""
    verdict = decide_quality([stretch(None)], 50)
    assert verdict.decision == "INSUFFICIENT_DATA"
    assert verdict.reasons == ["no reference: the bundle has no out-of-fold AUC to compare with"]
    line = quality_line(verdict, stretch(None).deciding, None)
    assert line.startswith(
        "[Quality] report_html=n/a auc=0.83 reference=n/a -> INSUFFICIENT_DATA no reference"
    )


def test_few_predictions_without_any_label_of_their_score_are_told_alone() -> None:
    """Three of 100 at most; the three largest cells are named."""
    cells = [Unseen(predicted="stays", low=0.4, high=0.5, rows=rows) for rows in (10, 5, 4, 30)]
    verdict = decide_quality([stretch(0.0, unseen_cells=cells, unseen_share=0.03)], 50)
    assert verdict.decision == "NO_ACTION"
    assert verdict.reasons[1].startswith(
        "no label of 49 of 2500 predictions ('stays' with output 0.4 to 0.5, "
    )
    assert "and 1 more), 3.0% of all" in verdict.reasons[1]


def test_a_stretch_that_can_not_be_judged_leaves_the_decision_to_the_other() -> None:
    """And says why it could not."""
    verdict = decide_quality([stretch(0.0, rarest=9), stretch(4.0, "long")], 50)
    assert (verdict.decision, verdict.length) == ("RETRAINING_TRIGGERED", "long")
    assert verdict.reasons[1:] == ["9 labels of the rarer class < 10"]


def test_the_line_tells_a_small_difference() -> None:
    """With as many digits as show it; a finding says that it is not enough."""
    small = stretch(2.4, figures=[QualityFigure(metric="auc", value=0.8291, reference=0.8349, z=2.4)])
    (reason,) = decide_quality([small], 50).reasons
    assert reason == "auc 0.829 < 0.835 (z=2.4, labels=2000), not enough to act"


def test_the_budget_is_what_two_stretches_may_act_without_cause() -> None:
    """3.29 is passed by 1 of 2,000 normal draws."""
    assert 2 * norm.sf(3.29) <= 1 / LOOKS


@pytest.mark.parametrize(
    ("value", "digits", "expected"),
    [
        (0.4812, 2, "0.48"),
        (519.6, 2, "519.60"),
        (0.00123, 2, "0.0012"),
        (0.0, 2, "0.00"),
        (-0.001234, 3, "-0.001"),
    ],
)
def test_a_figure_near_0_keeps_its_digits(value: float, digits: int, expected: str) -> None:
    """Errors of numbers may be of any scale."""
    assert short(value, digits) == expected
