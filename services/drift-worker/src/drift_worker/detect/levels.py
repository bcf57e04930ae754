"""The limits of detection, each said once: what is large, what is not chance, and what is broken."""

from dataclasses import dataclass
from typing import Final

WINDOWS_PER_BUDGET: Final = 2160
"""The windows over which false actions are budgeted: 90 days of one window per hour."""

USUAL_BUDGET: Final = 1.0
"""The false actions that are accepted in as many windows, where no schema and no setting says so."""

KINDS_OF_CHECK: Final = 8
"""Kinds of check that share the budget: shift, missing, range, never seen, constant, relation, two pools.

Pools decide nothing; their two parts are what keeps them as rarely wrong as a check that does.
"""

DRIFT_ERROR: Final = 0.01
"""The chance that a window without drift flags any column."""

DRIFT_SIZE: Final = 0.10
"""A column has drifted from this size on, in standard deviations of the reference."""

STRONG_SIZE: Final = 0.30
"""One column alone is worth a look from this size on, in standard deviations of the reference."""

LASTING_SIZE: Final = 0.04
"""A change that lasts is told from this size on, in standard deviations of the reference."""

LASTING_SHARE: Final = 0.01
"""A share of missing values that lasts is told where it differs by at least this much: one point."""

MOST_LOOKS: Final = 5.0
"""By so much the level of a pool grows at most with its rows over those of the reference."""

BREAK_SHARE: Final = 0.05
"""A share of rows has changed when it differs by at least this much: five percentage points."""

RELATION_CHANGE: Final = 0.20
"""A rank correlation has changed when it differs by at least this much."""


@dataclass(frozen=True, slots=True)
class Levels:
    """The p-values up to which a change in a window is not chance.

    `columns` counts the features and the model's output; `alert_budget` is the number of false actions
    that are accepted in 2,160 windows. Raises ValueError where either is not positive.
    """

    columns: int
    alert_budget: float = 1.0

    def __post_init__(self) -> None:
        if self.columns < 1 or not 0 < self.alert_budget <= WINDOWS_PER_BUDGET:
            raise ValueError(f"no levels for {self.columns} columns and a budget of {self.alert_budget}")

    @property
    def drifted(self) -> float:
        """The level at which one column is flagged."""
        return DRIFT_ERROR / self.columns

    @property
    def action(self) -> float:
        """The level at which one check of one column may cause an action: half of the budget is shared."""
        return self.alert_budget / (2 * WINDOWS_PER_BUDGET) / (KINDS_OF_CHECK * self.columns)

    def lasting(self, span: int, rows: int, reference: float) -> float:
        """The level of one column in a pool of `span` windows, of so many rows and so many of the reference.

        The next pool shares all but one of its windows: only one look in `span` is a new one. And where the
        pool has more rows than the reference, most of the chance is the reference's own, which is the same in
        each look: then up to five times as much is allowed.
        """
        return min(span * self.action * min(max(rows / reference, 1.0), MOST_LOOKS), self.drifted)

    def relation(self, pairs: int) -> float:
        """The level of each of `pairs` correlations, which share what one kind of check has."""
        return self.action * self.columns / max(pairs, 1)
