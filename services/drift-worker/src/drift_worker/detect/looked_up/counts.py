"""How many of a window's values were looked up and were stale, or were not there."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

import pandas as pd

from contract.schema import Schema
from contract.stream.looked_up import LookedUp, read_looked_up


@dataclass(frozen=True, slots=True)
class LookUps:
    """Values by feature, among so many rows."""

    rows: int = 0
    stale: Counter[str] = field(default_factory=Counter)
    absent: Counter[str] = field(default_factory=Counter)
    """Those that the feature server did not have."""


def count_look_ups(frame: pd.DataFrame, schema: Schema) -> LookUps:
    """Count in a frame that has one row per prediction; nothing where no feature was looked up."""
    if schema.looked_up not in frame:
        return LookUps()
    found = LookUps(len(frame))
    missing = {name: frame[name].isna() for name in schema.feature_names}
    for row, looked_up in _rows(frame[schema.looked_up]):
        found.stale.update(looked_up.stale)
        found.absent.update(
            name
            for name, age in looked_up.ages.items()
            if age is None and name in missing and missing[name].iloc[row]
        )
    return found


def _rows(column: "pd.Series[str]") -> Iterable[tuple[int, LookedUp]]:
    """The place of each row for which features were looked up, and what is known of it."""
    for row, text in enumerate(column):
        if isinstance(text, str) and (looked_up := read_looked_up(text)) is not None:
            yield row, looked_up
