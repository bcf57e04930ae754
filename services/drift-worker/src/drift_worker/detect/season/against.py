"""What one window is compared with."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import pandas as pd
from baseline.document import Baseline

from drift_worker.detect.season.dispersion import Dispersion

MOST_STRANGE: Final = 0.2
"""Nothing can be said of a window of which a larger share is of times that the reference has no rows of."""


@dataclass(frozen=True, slots=True)
class Against:
    """What one window is compared with, and the window's rows that can be compared with it."""

    frame: pd.DataFrame
    """The reference's rows; in a season those of the window's mix, some of them more than once."""

    baseline: Baseline
    current: pd.DataFrame
    buckets: Mapping[int, int] = field(default_factory=dict)
    """The rows of the window in each bucket; empty without a season."""

    dispersion: Dispersion = field(default_factory=Dispersion)

    first_rows: Mapping[str, int] = field(default_factory=dict)
    """The first row that counts, of columns whose earlier rows are no longer part of the reference."""

    strange: float = 0.0
    """The share of the window's rows that were left out: the reference has no rows of their bucket."""

    @property
    def told(self) -> str:
        """What was left out, as a sentence."""
        return (
            f"{self.strange:.0%} of the rows are of hours and weekdays of which the reference has none; "
            + ("they were left out" if self.judged else "nothing can be said of the window")
        )

    @property
    def judged(self) -> bool:
        """Whether enough of the window can be compared."""
        return self.strange <= MOST_STRANGE
