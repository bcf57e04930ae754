"""What one window is compared with."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import pandas as pd

from baseline.document import Baseline
from drift_worker.detect.season.dispersion import Dispersion

MOST_WITHOUT_REFERENCE: Final = 0.2
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

    without_reference: float = 0.0
    """The share of the window's rows that were left out: the reference has no rows of their bucket."""

    not_compared: tuple[str, ...] = ()
    """Columns whose accepted rows are of other hours and weekdays, so that nothing can be said of them."""

    @property
    def notes(self) -> list[str]:
        """What has to be said besides the findings, as sentences."""
        without_reference = [self.told] if self.without_reference else []
        return without_reference + [
            f"{name}: not compared; its accepted rows are of other hours and weekdays"
            for name in self.not_compared
        ]

    @property
    def told(self) -> str:
        """What was left out, as a sentence."""
        share = _percent(self.without_reference)
        rows = f"{share} of the rows are of hours and weekdays of which the reference has none"
        return f"{rows}; " + ("they were left out" if self.judged else "nothing can be said of the window")

    @property
    def judged(self) -> bool:
        """Whether enough of the window can be compared."""
        return self.without_reference <= MOST_WITHOUT_REFERENCE


def _percent(share: float) -> str:
    return f"{share * 100:.0f} %" if share >= 0.01 else f"{share * 100:.1g} %"  # noqa: PLR2004 - one percent
