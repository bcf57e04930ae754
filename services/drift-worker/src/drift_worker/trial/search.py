"""From which number of rows on a break is seen, and from which shift on a column drifts."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, partial
from typing import Final, TypeVar

import numpy as np

from baseline.counts import numbers_of
from drift_worker.findings import Finding
from drift_worker.record.trial import LEAST_SEEN, BreakTried, ShiftTried
from drift_worker.trial.changes.breaks import Case
from drift_worker.trial.changes.shifts import Shifted
from drift_worker.trial.monitor import Monitor
from drift_worker.trial.population import Population

WINDOWS: Final = (20, 40)
"""Windows of each change and level: the first number where it shows all or too few of them, else the second.

Twenty of 20 say as much as 38 of 40: with a confidence of 95 %, that more than 85 % of all windows show it.
"""

REFERENCES: Final = 10
"""References that these windows are judged by in turns."""

SHIFTS: Final = (0.1, 0.2, 0.3, 0.4, 0.5, 1.0)

Level = TypeVar("Level", int, float)


def first_level(levels: Sequence[Level], holds: Callable[[Level], bool], start: int = 0) -> Level | None:
    """Find the smallest of ascending levels at which something holds, supposing that it holds from there on.

    Asks the level at `start` first, then the end that this leaves, then bisects. None where it holds at none.
    """
    low, high = 0, len(levels)
    place = start
    while low < high:
        if holds(levels[place]):
            high = place
            place = low if low == 0 else (low + high) // 2
        else:
            low = place + 1
            place = len(levels) - 1 if high == len(levels) else (low + high) // 2
    return levels[low] if low < len(levels) else None


@dataclass(frozen=True, slots=True)
class Count:
    """In how many windows a change was seen."""

    windows: int
    seen: int

    @property
    def is_enough(self) -> bool:
        """Whether that is the share of windows in which it has to be seen."""
        return self.seen >= LEAST_SEEN * self.windows


def count(sees: Callable[[int], bool]) -> Count:
    """Count the windows that show a change, given their numbers; more of them only where it is close."""
    few, many = WINDOWS
    seen = sum(map(sees, range(few)))
    if seen == few or few - seen > (1 - LEAST_SEEN) * many:
        return Count(few, seen)
    return Count(many, seen + sum(map(sees, range(few, many))))


@dataclass(frozen=True, slots=True)
class Search:
    """Breaks and shifts windows of a population; what it finds depends on the seed alone."""

    population: Population
    monitors: Sequence[Monitor]
    seed: int

    @classmethod
    def of(cls, population: Population, seed: int) -> "Search":
        """Draw the references that windows are judged by."""
        monitors = [
            population.draw_monitor(np.random.default_rng([seed, 0, number])) for number in range(REFERENCES)
        ]
        return cls(population, monitors, seed)

    def broken(self, case: Case, sizes: Sequence[int], rows: int) -> BreakTried:
        """How often a break is seen in windows of `rows` rows, and from which of the sizes on it is seen."""
        what = {"what": case.kind, "columns": case.columns, "refused": case.refused}
        if case.refused:
            return BreakTried(windows=0, seen=0, is_seen=False, seen_from=None, **what)
        alone = self.population.of(case.columns)

        def sees(size: int, window: int) -> bool:
            return self._sees(case, alone, size, window)

        counted = count(lambda window: sees(rows, window))
        first = first_level(
            sizes,
            lambda size: (
                counted.is_enough if size == rows else count(lambda window: sees(size, window)).is_enough
            ),
            sizes.index(rows),
        )
        return BreakTried(
            windows=counted.windows, seen=counted.seen, is_seen=counted.is_enough, seen_from=first, **what
        )

    def shifted(self, column: str, rows: int) -> ShiftTried | None:
        """From which shift on a column drifts, and calls somebody alone; None where all values are alike."""
        shifted = Shifted.of(numbers_of(self.population.rows[column]))
        if shifted is None:
            return None
        finding = cache(partial(self._finding, column, shifted, rows))
        levels = [shift for shift in SHIFTS if shift <= shifted.largest]
        return ShiftTried(
            column=column,
            way=shifted.way,
            drifted_from=first_level(
                levels, lambda shift: count(lambda window: finding(shift, window).drifted).is_enough
            ),
            action_from=first_level(
                levels, lambda shift: count(lambda window: finding(shift, window).strong).is_enough
            ),
        )

    def _sees(self, case: Case, alone: Population, rows: int, window: int) -> bool:
        """Whether somebody is called about one broken window; `alone` has the broken columns only."""
        rng = np.random.default_rng([self.seed, 1, rows, window])
        monitor = self.monitors[window % len(self.monitors)]
        places = rng.integers(0, len(self.population.rows), rows)
        broken = case.apply(alone.take(places), rng)
        # What a broken column shows by itself calls somebody, whatever the others show, and is found faster.
        if any(monitor.acts_alone(column, broken) for column in case.columns):
            return True
        whole = self.population.take(places)
        return monitor.judge(whole.assign(**{column: broken[column] for column in case.columns})).acted

    def _finding(self, column: str, shifted: Shifted, rows: int, shift: float, window: int) -> Finding:
        rng = np.random.default_rng([self.seed, 2, window])
        values = shifted.draw(shift, rows, rng)
        return self.monitors[window % len(self.monitors)].find_alone(column, values.to_frame(column))[0]
