"""Shifts of 0.2 standard deviations in one feature: how often the feature is flagged."""

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from drift_worker.findings import drifted_features
from drift_worker.trial.changes.shifts import tilted
from drift_worker.trial.population import Population

ROWS: Final = 1_000
WINDOWS: Final = 1_000
"""Windows of each feature and way in a whole run."""

PER_REFERENCE: Final = 25
SHIFT: Final = 0.2
LEAST_FOUND, LEAST_MEAN = 0.93, 0.97
CONTINUOUS_FROM: Final = 5
"""A feature with more distinct values than this is continuous: Evidently's own limit."""

Way = Literal["added", "tilt"]


@dataclass(frozen=True, slots=True)
class Power:
    """How many windows flagged the feature that was shifted."""

    source: str
    feature: str
    way: Way
    windows: int
    found: int

    @property
    def share(self) -> float:
        """The share of windows in which the shift was found."""
        return self.found / self.windows


def features(population: Population) -> list[str]:
    """The continuous features of a source."""
    return [
        each.name
        for each in population.schema.watched
        if each.kind == "numerical" and population.rows[each.name].nunique() > CONTINUOUS_FROM
    ]


def run(source: str, population: Population, feature: str, way: Way, *, windows: int, seed: int) -> Power:
    """Shift a feature in windows: add to each value, or draw rows with larger values more often."""
    rng = np.random.default_rng([seed, way == "tilt"])
    values = population.rows[feature].to_numpy(dtype=float)
    chances = tilted(values, SHIFT) if way == "tilt" else None
    found = 0
    monitor = population.draw_monitor(rng)
    for window in range(windows):
        if window and window % PER_REFERENCE == 0:
            monitor = population.draw_monitor(rng)
        frame = population.rows.take(rng.choice(len(values), ROWS, p=chances)).reset_index(drop=True)
        if way == "added":
            frame[feature] += SHIFT * np.nanstd(values)
        found += feature in drifted_features(monitor.judge(frame).findings)
    return Power(source, feature, way, windows, found)
