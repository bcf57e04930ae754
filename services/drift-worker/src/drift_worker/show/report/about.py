"""What a window's report says of itself."""

from datetime import UTC, datetime
from typing import Final

from contract.windows import Window
from drift_worker.detect.evidently.report import About
from drift_worker.record.files import JSON
from drift_worker.window.late import late_rows, late_sentence, period_sentence
from drift_worker.window.read import WindowRows

REPORTS: Final = "../"
"""The list of reports as seen from a report, whatever is before both; on the disk, the windows' folders."""


def about_window(window: Window, rows: WindowRows) -> About:
    """What the report of a window says of itself: its time is that of the window's last record."""
    first, last = rows.times(window)
    model, version = window.partition.model, window.partition.version
    period = _period(window, rows)
    return About(
        name=f"{model} window {window.number}",
        timestamp=last,
        metadata={
            "window_id": window.id,
            "model": model,
            "model_version": version,
            "rows": str(len(rows.frame)),
            "first_time": first.isoformat(),
            "last_time": last.isoformat(),
            **period,
        },
        facts=(
            ("Model", model),
            ("Version", version),
            ("Window", str(window.number)),
            ("Window id", window.id),
            ("Rows", f"{len(rows.frame):,}"),
            ("First record", to_the_second(first)),
            ("Last record", to_the_second(last)),
            *((name.capitalize(), sentence) for name, sentence in period.items()),
        ),
        links=(("All reports", REPORTS), ("This report as JSON", f"{REPORTS}{window.id}/{JSON}")),
    )


def _period(window: Window, rows: WindowRows) -> dict[str, str]:
    """Which period the window is of, and what came late; nothing of a window without one."""
    if window.period is None:
        return {}
    told = {"period": period_sentence(window.first, window.period)}
    if late := late_rows(rows.accepted, window.first, window.period):
        oldest, _ = rows.times(window)
        told["late"] = late_sentence(late, len(rows.frame), window.first, window.period, oldest)
    return told


def to_the_second(moment: datetime) -> str:
    """A time for people, in UTC."""
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
