"""A trial, made without trying anything."""

from typing import Any

from drift_worker.record.trial import BreakTried, NoDriftTried, ShiftTried, Trial


def broken(
    what: str, *columns: str, seen: int = 40, seen_from: int | None = 50, refused: bool = False
) -> BreakTried:
    """A break that was seen in so many of 40 windows."""
    return BreakTried(
        what=what,
        columns=columns,
        refused=refused,
        windows=0 if refused else 40,
        seen=seen,
        is_seen=seen >= 38,
        seen_from=seen_from,
    )


def made_trial(**changed: Any) -> Trial:
    """A small trial of a model `churn`, with these fields changed."""
    values: dict[str, Any] = {
        "model": "churn",
        "version": "0123456789ab",
        "made_at": "2024-02-01T00:00:00+00:00",
        "seed": 15,
        "features": 5,
        "ignored": (),
        "reference_rows": 7_043,
        "population_rows": 7_043,
        "drawn_reference_rows": 7_043,
        "rows": 1_000,
        "min_rows": 50,
        "drift_share_threshold": 0.3,
        "alert_budget": 1.0,
        "sizes": (50, 1_000, 5_000),
        "shifts_tried": (0.1, 1.0),
        "false_action_bound": 3 / 800,
        "no_drift": (
            NoDriftTried(
                rows=50, windows=800, false_actions=0, flagged=2, flagged_columns={"fee": 2}, reasons=[]
            ),
        ),
        "breaks": (
            broken("x 2", "fee"),
            *(broken("negated", name) for name in "abcd"),
            broken("negated", "fee", seen_from=200),
            broken("swapped booleans", "tv", "movies", seen=0, seen_from=None),
            broken("swapped booleans", "tv", "paperless", seen=3, seen_from=5_000),
            broken("all missing", "fee", seen=0, seen_from=None, refused=True),
        ),
        "shifts": (
            ShiftTried(column="fee", way="added", drifted_from=0.1, action_from=1.0),
            ShiftTried(column="age", way="tilt", drifted_from=1.0, action_from=None),
        ),
        "pairs_left_out": 0,
    }
    return Trial(**{**values, **changed})
