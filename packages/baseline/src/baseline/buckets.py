"""Times as buckets: three hours of the day, on weekdays or on weekends."""

from typing import Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

HOURS: Final = 3
BUCKETS: Final = 2 * (24 // HOURS)
SATURDAY: Final = 5

NAMES: Final = [
    f"{days} {hour:02}-{hour + HOURS:02} h"
    for days in ("weekdays", "weekends")
    for hour in range(0, 24, HOURS)
]
"""What people call the buckets, in their order."""

Places: TypeAlias = npt.NDArray[np.intp]
"""A bucket or a cell for each row."""


def buckets_of(times: "pd.Series[Any]", zone: str) -> Places:
    """Give the bucket of each time, from 0 to 15; times have a zone, and `zone` is that of the hours."""
    local = times.dt.tz_convert(zone).dt
    places: Places = (local.hour // HOURS + (local.weekday >= SATURDAY) * (24 // HOURS)).to_numpy(np.intp)
    return places
