"""Streams of windows: without drift, and with a small change that lasts."""

from collections.abc import Iterator
from typing import Final

import numpy as np
import pandas as pd

from baseline.columns import BINS
from bench.trial.over_time.tally import NO_DRIFT_ACTIONS, NO_DRIFT_LASTING, TENTH, TWENTIETH, Tally
from bench.trial.over_time.watch import Watch
from drift_worker.trial.changes.shifts import tilted
from drift_worker.trial.population import Population

STREAMS: Final = 20
WINDOWS: Final = 540
"""Windows of a stream without drift."""

FOUND_WITHIN: Final = 80
SIZES: Final = (50, 1_000)
SHIFTS: Final = {TENTH: (0.1, 200), TWENTIETH: (0.05, 1_000)}
"""By how many standard deviations, and in windows of how many rows."""


def no_drift(source: str, population: Population, rows: int, seed: int) -> list[Tally]:
    """Judge one stream without drift."""
    rng = np.random.default_rng([seed, rows])
    watch = watch_of(population, rng)
    judged = [watch.judge(population.draw(rows, rng)) for _ in range(WINDOWS)]
    lasting = any(finding.kind == "lasting" for each in judged for finding in each.findings)
    said = {"rows": f"{rows:,}", "source": source}
    return [
        Tally(NO_DRIFT_ACTIONS.format(**said), WINDOWS, sum(each.acted for each in judged)),
        Tally(NO_DRIFT_LASTING.format(**said), 1, int(lasting)),
    ]


def shifted(name: str, population: Population, feature: str, *, tilt: bool, seed: int) -> list[Tally]:
    """See whether a pool finds a shift of one feature in one stream."""
    shift, rows = SHIFTS[name]
    rng = np.random.default_rng([seed, rows, tilt])
    watch = watch_of(population, rng)
    found = any(
        each.column == feature
        for window in _windows(population, feature, (shift, rows), rng, tilt=tilt)
        for each in watch.lasting(window)
    )
    return [Tally(name, 1, int(found))]


def is_fine(population: Population, feature: str) -> bool:
    """Whether a feature has so many values that what is added to them does not fall between them."""
    return bool(population.rows[feature].nunique() > BINS)


def watch_of(population: Population, rng: np.random.Generator) -> Watch:
    """Draw a reference, and watch by it."""
    reference = population.draw(population.reference_rows, rng)
    return Watch.of(reference, population.schema, population.policy)


def _windows(
    population: Population, feature: str, shift: tuple[float, int], rng: np.random.Generator, *, tilt: bool
) -> Iterator[pd.DataFrame]:
    deviations, rows = shift
    values = population.rows[feature].to_numpy(dtype=float)
    chances = tilted(values, deviations) if tilt else None
    by = 0.0 if tilt else deviations * float(np.nanstd(values))
    for _ in range(FOUND_WITHIN):
        frame = population.take(rng.choice(len(values), rows, p=chances))
        yield frame.assign(**{feature: frame[feature] + by})
