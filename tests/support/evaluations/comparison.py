"""Comparing frames in tests: the example's months, and columns made up for a purpose."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pandas as pd

from contract.schema import Feature, Schema
from contract.task import Kind
from drift_worker.decide.decision import Policy
from drift_worker.detect.drift import Reference
from drift_worker.detect.evidently.report import About, DriftReport
from drift_worker.evaluate.compare import reference_of
from drift_worker.evaluate.judge import judge
from drift_worker.findings import Finding
from drift_worker.record.files import WindowFiles
from drift_worker.show.publish import Publisher

ABOUT = About("a comparison", datetime(2024, 2, 29, 12, tzinfo=UTC), {"window_id": "w-1"})

ReadMonth = Callable[[int], pd.DataFrame]
"""Gives a month of the example by its number."""

ROWS = 2_000
"""More rows than the 1,000 beyond which Evidently measures distances rather than p-values."""


@dataclass(frozen=True)
class Compared:
    """What was found, and the report that shows it."""

    findings: list[Finding]
    report: DriftReport | None


def compared(
    reference: pd.DataFrame,
    current: pd.DataFrame,
    schema: Schema,
    *,
    outputs: Mapping[str, Kind] = MappingProxyType({}),
) -> Compared:
    """Detection by Evidently's thresholds alone, and its report with the default drift share."""
    return _compared(Reference(reference, schema, None, outputs=outputs), current)


def judged(reference: pd.DataFrame, current: pd.DataFrame, schema: Schema) -> Compared:
    """Detection by what a bundle keeps of the reference, and its report."""
    return _compared(reference_of(reference, schema), current)


def _compared(reference: Reference, current: pd.DataFrame) -> Compared:
    judgement = judge(reference, current, Policy(50, 0.30))
    return Compared(judgement.findings, judgement.report(ABOUT))


def column_compared(kind: Kind, reference: Any, current: Any) -> Compared:
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


def of_column(detection: Compared, column: str = "x") -> Finding:
    """The drift finding of a column."""
    found = [each for each in detection.findings if each.column == column and each.kind != "data_quality"]
    assert len(found) == 1
    return found[0]


def quality_of(detection: Compared, column: str = "x") -> list[str]:
    """The methods of a column's data quality findings."""
    return [
        each.method for each in detection.findings if each.column == column and each.kind == "data_quality"
    ]


class ReportsFolder:
    """REPORTS_DIR: where the files of windows are saved, and evaluations are shown."""

    def __init__(self, folder: Path, keep: int) -> None:
        files, publisher = WindowFiles(folder), Publisher(folder, keep)
        self.folder, self.save = files.folder, files.save
        self.publish, self.unpublished = publisher.publish, publisher.unpublished
