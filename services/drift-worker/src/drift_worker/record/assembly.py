"""One evaluation, put together from what its stages gave."""

import importlib.metadata
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

import pandas as pd
from contract.windows import Window

from drift_worker.detect.evidently.report import About
from drift_worker.evaluate.stages import Stage
from drift_worker.record.evaluation import Evaluation, Finding, Reports, Verdict, stream_time
from drift_worker.window.read import WindowRows

LIBRARIES: Final = ("evidently", "numpy", "pandas", "scipy")
"""What an evaluation's figures depend on."""


def evaluation_of(
    window: Window,
    rows: WindowRows,
    *,
    findings: Sequence[Finding],
    verdict: Verdict,
    min_rows: int,
    reports: Reports | None,
    durations: Mapping[Stage, float],
) -> Evaluation:
    """The evaluation of a window; `durations` are the seconds of the stages before the commit."""
    first, last = _times(window, rows)
    partition = window.partition
    return Evaluation(
        window_id=window.id,
        number=window.number,
        status="evaluated",
        model=partition.model,
        model_version=partition.version,
        first_id=window.first,
        last_id=window.last,
        first_time=first.isoformat(),
        last_time=last.isoformat(),
        rows=len(rows.frame),
        dead_lettered=len(rows.dead_letters),
        duplicates=rows.duplicates,
        findings=list(findings),
        **verdict.model_dump(),
        min_rows=min_rows,
        reports=reports,
        durations={str(stage): seconds for stage, seconds in durations.items()},
        libraries={name: importlib.metadata.version(name) for name in LIBRARIES},
        evaluated_at=datetime.now(UTC).isoformat(timespec="milliseconds"),
    )


def ledger_counts(window: Window, rows: WindowRows) -> dict[str, int]:
    """How many of the window's records came to which end; foreign is what the script didn't append."""
    return {
        "foreign": rows.seen - window.rows,
        "evaluated": len(rows.frame),
        "dead_lettered": len(rows.dead_letters),
        "duplicate": rows.duplicates,
    }


def about(window: Window, rows: WindowRows) -> About:
    """What the report says about itself: its time is that of the window's last record."""
    first, last = _times(window, rows)
    return About(
        name=f"window {window.number}",
        timestamp=last,
        metadata={
            "window_id": window.id,
            "model": window.partition.model,
            "model_version": window.partition.version,
            "rows": str(len(rows.frame)),
            "first_time": first.isoformat(),
            "last_time": last.isoformat(),
        },
    )


def _times(window: Window, rows: WindowRows) -> tuple[datetime, datetime]:
    """The first and the last time at which a record was accepted; Redis' own where none could be read."""
    if rows.frame.empty:
        return stream_time(window.first), stream_time(window.last)
    times: pd.Series[pd.Timestamp] = rows.frame["timestamp"]
    return times.min().to_pydatetime(), times.max().to_pydatetime()
