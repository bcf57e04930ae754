"""Times as files hold them: timestamps, dates, and ISO 8601 text."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pyarrow as pa

MILLISECOND: Final = timedelta(milliseconds=1)
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
GAP: Final = pd.Timedelta("1h")
"""An hour that there is not, since the clock goes forward, is read as by the clock before."""


def are_times(kind: Any) -> bool:
    """Whether values of this Arrow type can be times."""
    return bool(pa.types.is_timestamp(kind) or pa.types.is_date(kind) or pa.types.is_string(kind))


def read_times(values: Any, zone: str) -> "pd.Series[Any]":
    """Return an Arrow array as times in UTC, in milliseconds; what is no time is missing.

    A time that names no zone is of this one; of an hour that there is twice, it is the first. Raises
    ValueError or KeyError where the values' own zone is unknown, or a time beyond what can be said.
    """
    if pa.types.is_string(values.type):
        read = np.array([_read(text, zone) for text in values.to_pylist()], dtype="datetime64[ms]")
        return pd.Series(read).dt.tz_localize("UTC")
    stamps = values.cast(pa.timestamp("us"), safe=True).cast(pa.timestamp("ms"), safe=False)
    times = pd.Series(stamps.to_numpy(zero_copy_only=False))
    if getattr(values.type, "tz", None):
        ZoneInfo(values.type.tz)  # what it holds is UTC already
        return times.dt.tz_localize("UTC")
    first = np.ones(len(times), dtype=bool)
    return times.dt.tz_localize(zone, ambiguous=first, nonexistent=GAP).dt.tz_convert("UTC")


def _read(text: str | None, zone: str) -> Any:
    """Return a time in milliseconds since the epoch; NaT for what is none, or is before the year 1 in UTC."""
    try:
        time = datetime.fromisoformat((text or "").strip())
        known = time if time.tzinfo else time.replace(tzinfo=ZoneInfo(zone))
        return np.datetime64((known.astimezone(UTC) - EPOCH) // MILLISECOND, "ms")
    except (ValueError, OverflowError):
        return np.datetime64("NaT", "ms")
