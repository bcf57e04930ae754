"""Times as files hold them: timestamps, dates, and ISO 8601 text."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pyarrow as pa


def are_times(kind: Any) -> bool:
    """Whether values of this Arrow type can be times."""
    return bool(pa.types.is_timestamp(kind) or pa.types.is_date(kind) or pa.types.is_string(kind))


def read_times(values: Any, zone: str) -> "pd.Series[Any]":
    """Return an Arrow array as times in UTC, in milliseconds; what is no time is missing.

    A time that names no zone is of this one; of an hour that there is twice, it is the first.
    """
    if pa.types.is_string(values.type):
        read: Any = [_read(text, zone) for text in values.to_pylist()]
        return pd.Series(pd.to_datetime(read, utc=True)).astype("datetime64[ms, UTC]")
    stamps = values.cast(pa.timestamp("ms", getattr(values.type, "tz", None)), safe=False)
    times = pd.Series(pd.DatetimeIndex(stamps.to_pandas()))
    if times.dt.tz is None:
        first = np.ones(len(times), dtype=bool)
        times = times.dt.tz_localize(zone, ambiguous=first, nonexistent="shift_forward")
    return times.dt.tz_convert("UTC").astype("datetime64[ms, UTC]")


def _read(text: str | None, zone: str) -> datetime | None:
    try:
        time = datetime.fromisoformat((text or "").strip())
    except ValueError:
        return None
    return time if time.tzinfo else time.replace(tzinfo=ZoneInfo(zone))
