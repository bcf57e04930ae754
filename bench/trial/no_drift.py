"""Windows without drift: how many of them there are, and how many may act."""

from typing import Final

import numpy as np

from drift_worker.trial.no_drift import NoDrift
from drift_worker.trial.population import Population

SIZES: Final[dict[int, int]] = {50: 20_000, 200: 20_000, 1_000: 20_000, 5_000: 2_000}
"""How many windows of each number of rows a whole run has."""

PER_REFERENCE: Final = 50
"""Windows that are drawn against one reference, before another is drawn."""

MOST_ACTIONS: Final = 2
MOST_FLAGGED: Final = 0.01


def kept(result: NoDrift) -> bool:
    """Whether the promise was kept; the share that may flag a feature has the error of the sample."""
    error = 3 * (MOST_FLAGGED / max(result.windows, 1)) ** 0.5
    return result.actions <= MOST_ACTIONS and result.flagged <= result.windows * (MOST_FLAGGED + error)


def run(population: Population, rows: int, windows: int, seed: int) -> NoDrift:
    """Judge windows of a population; reference and windows are drawn afresh."""
    rng = np.random.default_rng([seed, rows])
    result = NoDrift(rows)
    while result.windows < windows:
        monitor = population.draw_monitor(rng)
        for _ in range(min(PER_REFERENCE, windows - result.windows)):
            result.add(monitor.judge(population.draw(rows, rng)))
    return result
