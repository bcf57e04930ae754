"""Shifts of 0.2 standard deviations in one feature: how often the feature is flagged."""

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from baseline.counts import Floats
from drift_worker.findings import drifted_features
from scipy.optimize import brentq

from bench.trial.monitor import draw_monitor
from bench.trial.sources import Source

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


def features(source: Source) -> list[str]:
    """The continuous features of a source."""
    return [
        name
        for name, kind in source.kinds.items()
        if kind == "numerical"
        and name not in source.outputs
        and source.rows[name].nunique() > CONTINUOUS_FROM
    ]


def run(source: Source, feature: str, way: Way, windows: int, seed: int) -> Power:
    """Shift a feature in windows: add to each value, or draw rows with larger values more often."""
    rng = np.random.default_rng([seed, way == "tilt"])
    values = source.rows[feature].to_numpy(dtype=float)
    chances = tilted(values) if way == "tilt" else None
    found = 0
    monitor = draw_monitor(source, rng)
    for window in range(windows):
        if window and window % PER_REFERENCE == 0:
            monitor = draw_monitor(source, rng)
        frame = source.take(rng.choice(len(values), ROWS, p=chances))
        if way == "added":
            frame[feature] += SHIFT * np.nanstd(values)
        found += feature in drifted_features(monitor.judge(frame).findings)
    return Power(source.name, feature, way, windows, found)


def tilted(values: Floats) -> Floats:
    """Give each row a chance that grows exponentially with its value, so that the mean moves by the shift."""
    standard = np.nan_to_num((values - np.nanmean(values)) / np.nanstd(values))

    def chances(slope: float) -> Floats:
        weights: Floats = np.exp(slope * standard - (slope * standard).max())
        weights /= weights.sum()
        return weights

    slope: float = brentq(lambda slope: float(chances(slope) @ standard) - SHIFT, 0.0, 5.0)
    return chances(slope)
