"""Evidently's presets over labelled rows: what they can't compute is said, and never ends an evaluation."""

from datetime import UTC, datetime

import numpy as np
import pandas as pd
import pytest

from contract.task import Task
from drift_worker.detect.evidently.preset import preset_snapshot
from drift_worker.detect.evidently.report import About

ABOUT = About("churn quality 1", datetime(2026, 1, 31, tzinfo=UTC), {"model": "churn"})
ROWS: dict[Task, pd.DataFrame] = {
    "binary": pd.DataFrame(
        {
            "label": ["true", "false"] * 30,
            "prediction": ["true", "false"] * 30,
            "score": np.linspace(0, 1, 60),
        }
    ),
    "multiclass": pd.DataFrame({"label": [*"abc"] * 20, "prediction": [*"abb"] * 20}),
    "regression": pd.DataFrame({"label": np.arange(60.0), "prediction": np.arange(60.0) + 1}),
}


@pytest.mark.parametrize("task", ROWS)
def test_the_preset_of_a_task_has_figures(task: Task) -> None:
    """With the reference beside them, or without one; under our name and time."""
    for reference in (ROWS[task], None):
        snapshot = preset_snapshot(ROWS[task], reference, task, "true", ABOUT)
        assert snapshot.widgets
        assert snapshot.metric_results
        assert (snapshot.name, snapshot.timestamp) == (ABOUT.name, ABOUT.timestamp)
        assert snapshot.metadata == ABOUT.metadata


@pytest.mark.parametrize("task", ROWS)
@pytest.mark.parametrize("rows", [0, 1])
def test_what_can_not_be_computed_is_said(task: Task, rows: int) -> None:
    """Of no row, and mostly of one, Evidently raises what it runs into."""
    snapshot = preset_snapshot(ROWS[task].iloc[:rows], ROWS[task], task, "true", ABOUT)
    assert bool(snapshot.widgets) != ("preset" in snapshot.metadata)
    assert rows or "preset" in snapshot.metadata
