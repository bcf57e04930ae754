"""Columns that follow the clock, such as an hour or a weekday: at other hours they have other values."""

from typing import Any, Final

import numpy as np
import pandas as pd

from baseline.buckets import Places

WEEK: Final = 7 * 24
"""The hours of a week."""

FOLLOWED: Final = 0.8
"""A column follows the clock where the hour of the week saves at least so many of the wrong guesses."""


def hours_of(times: "pd.Series[Any]", zone: str) -> Places:
    """Give the hour of the week of each time, from 0 to 167, in a zone; times have a zone."""
    local = times.dt.tz_convert(zone).dt
    found: Places = (local.weekday * 24 + local.hour).to_numpy(np.intp)
    return found


def follows_clock(cells: Places, hours: Places) -> bool:
    """Say whether the hour of the week tells a column's value; each row has a cell and an hour.

    By λ of Goodman and Kruskal 1954: of the wrong guesses that the most frequent value leaves, the share that
    the hour saves. Of each hour one row counts as a wrong guess, since it says nothing of the others.
    """
    width = int(cells.max(initial=0)) + 1
    rows = np.bincount(hours * width + cells, minlength=WEEK * width).reshape(WEEK, width)
    guessed, most = np.maximum(rows.max(axis=1) - 1, 0).sum(), rows.sum(axis=0).max()
    return bool(most < len(cells) and guessed - most >= FOLLOWED * (len(cells) - most))
