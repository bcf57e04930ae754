"""Late records: accepted before the period began in which they arrived, since they waited in a spool."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from contract.stream.decode import LATEST_MS
from contract.windows import Period, period_of

if TYPE_CHECKING:  # takes a second to import, which commands that compare nothing need not wait for
    import pandas as pd

_NAMES: Final[dict[Period, str]] = {"1h": "hour", "1d": "day", "1w": "week"}


def late_rows(accepted: "pd.Series[pd.Timestamp]", first_id: str, period: Period | None) -> int:
    """How many rows of a window are late: by when they were accepted, and the period of the first stream id.

    None is in a window without a period.
    """
    return 0 if period is None else int((accepted < _began(first_id, period)).sum())


def late_sentence(late: int, rows: int, first_id: str, period: Period, oldest: datetime) -> str:
    """Say how many of a window's rows are late, and when the oldest was accepted."""
    return (
        f"{late:,} of {rows:,} records came late: accepted before the window's {_NAMES[period]} began "
        f"({_minute(_began(first_id, period))}), the oldest at {oldest.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
    )


def period_sentence(first_id: str, period: Period) -> str:
    """Say which hour, day or week a window is of."""
    return f"the {_NAMES[period]} that began at {_minute(_began(first_id, period))}"


def _began(first_id: str, period: Period) -> datetime:
    """When the period began; ids that somebody wrote by hand may lie beyond the times of records."""
    begin, _ = period_of(first_id, period)
    return datetime.fromtimestamp(min(begin, LATEST_MS) / 1000, UTC)


def _minute(time: datetime) -> str:
    return f"{time:%Y-%m-%d %H:%M} UTC"
