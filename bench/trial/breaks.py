"""Windows in which a column is broken: in how many of them the break was seen, and has to be."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from drift_worker.trial.changes.breaks import Case
from drift_worker.trial.population import Population

SIZES: Final = (1_000, 200)
WINDOWS: Final = 100
"""Windows of each break and size in a whole run."""

PER_REFERENCE: Final = 10
"""Windows that are drawn against one reference, before another is drawn."""

LEAST_SEEN: Final = 1.0
"""The share of windows in which a break has to be seen."""

INVISIBLE: Final = {("swapped booleans", "plan_stream_tv, plan_stream_movies")}
"""Breaks of the example that change too little for anyone to see them."""

HARD: Final = {("swapped numbers", "failed_payments_90d, support_tickets_90d", 200): 0.0}
"""Breaks that so few rows cannot show as often, at a level of one false action in 2,160 windows.

The two columns differ by 0.29 SD. The best test there is, that of the likelihoods, would see six of ten.
"""


@dataclass(frozen=True, slots=True)
class Broken:
    """In how many windows of one size a break was seen."""

    source: str
    kind: str
    columns: str
    rows: int
    windows: int
    seen: int

    @property
    def expected(self) -> float:
        """The share of windows in which the break has to be seen."""
        name = self.kind, self.columns
        if name in INVISIBLE or (self.rows < max(SIZES) and self.kind == "swapped booleans"):
            return 0.0
        return HARD.get((*name, self.rows), LEAST_SEEN)

    @property
    def kept(self) -> bool:
        """Whether it was seen as often as it has to be."""
        return self.seen >= self.expected * self.windows


def run(source: str, population: Population, case: Case, rows: int, *, windows: int, seed: int) -> Broken:
    """Break windows of a source and count in how many something is said."""
    rng = np.random.default_rng([seed, rows])
    monitor = population.draw_monitor(rng)
    seen = 0
    for window in range(windows):
        if window and window % PER_REFERENCE == 0:
            monitor = population.draw_monitor(rng)
        seen += monitor.judge(case.apply(population.draw(rows, rng), rng)).acted
    return Broken(source, case.kind, ", ".join(case.columns), rows, windows, seen)
