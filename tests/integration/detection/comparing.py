"""Comparing frames in tests: the example's months, and columns made up for a purpose."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pandas as pd
from contract.schema import Feature, Kind, Schema
from drift_worker.detect.drift import Detection, detect
from drift_worker.detect.evidently.report import About
from drift_worker.record.evaluation import Finding

ABOUT = About("a comparison", datetime(2024, 2, 29, 12, tzinfo=UTC), {"window_id": "w-1"})

ROWS = 2_000
"""More rows than the 1,000 beyond which Evidently measures distances rather than p-values."""


def compared(
    reference: pd.DataFrame,
    current: pd.DataFrame,
    schema: Schema,
    *,
    score_column: str | None = None,
    thresholds: Mapping[str, float] | None = None,
) -> Detection:
    """Detection with the default threshold of the drift share."""
    return detect(
        reference,
        current,
        schema,
        about=ABOUT,
        drift_share_threshold=0.30,
        score_column=score_column,
        thresholds=thresholds,
    )


def column_compared(kind: Kind, reference: Any, current: Any) -> Detection:
    """The column x compared, beside a numerical column that never drifts."""
    schema = Schema(
        entity="id",
        features=[Feature(name="x", kind=kind, nullable=True), Feature(name="steady", kind="numerical")],
    )
    before, now = (_frame(kind, cells) for cells in (reference, current))
    return compared(before, now, schema)


def _frame(kind: Kind, cells: Any) -> pd.DataFrame:
    column = pd.Series(cells, dtype=None if kind == "numerical" else object)
    return pd.DataFrame({"x": column}).assign(steady=7.0)


def of_column(detection: Detection, column: str = "x") -> Finding:
    """The drift finding of a column."""
    found = [each for each in detection.findings if each.column == column and each.kind != "data_quality"]
    assert len(found) == 1
    return found[0]


def quality_of(detection: Detection, column: str = "x") -> list[str]:
    """The methods of a column's data quality findings."""
    return [
        each.method for each in detection.findings if each.column == column and each.kind == "data_quality"
    ]
