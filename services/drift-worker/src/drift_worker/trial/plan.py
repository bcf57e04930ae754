"""What is tried, in pieces that processes take side by side; what a piece finds depends on it alone."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final, Literal

import numpy as np

from bundle import open_bundle
from drift_worker.decide.decision import Policy
from drift_worker.record.trial import BreakTried, ShiftTried
from drift_worker.trial.changes.breaks import Case, cases
from drift_worker.trial.no_drift import NoDrift
from drift_worker.trial.population import Population, population_of
from drift_worker.trial.search import Search

BROKEN_SIZES: Final = (50, 100, 200, 500, 1_000, 2_000, 5_000)
UNBROKEN_SIZES: Final = (50, 200, 5_000)
"""The rows of windows with a break, and of windows without, beside WINDOW_MIN_ROWS and WINDOW_ROWS."""

PER_REFERENCE: Final = 40
"""Windows without drift, of each number of rows, that are judged by one reference."""

CASES: Final = 8
"""Breaks in one piece of work."""

MOST_PAIRS: Final = 50
"""Pairs of columns of each kind that are swapped."""


@dataclass(frozen=True, slots=True)
class Plan:
    """A bundle, by which limits it is tried, on windows of how many rows, and on how many without drift."""

    bundle: Path
    version: str
    policy: Policy
    rows: int
    windows: int
    seed: int

    @property
    def broken_sizes(self) -> list[int]:
        """The rows of windows with a break, ascending."""
        return self._sizes(BROKEN_SIZES)

    @property
    def unbroken_sizes(self) -> list[int]:
        """The rows of windows without drift, ascending."""
        return self._sizes(UNBROKEN_SIZES)

    def _sizes(self, usual: tuple[int, ...]) -> list[int]:
        """Without those that are INSUFFICIENT_DATA."""
        least = self.policy.min_rows
        return sorted({least, self.rows, *(size for size in usual if size > least)})


@dataclass(frozen=True, slots=True)
class Work:
    """What every piece of a plan needs."""

    plan: Plan
    population: Population
    cases: list[Case]
    search: Search

    @property
    def numbers(self) -> list[str]:
        """The features that can be shifted."""
        return [each.name for each in self.population.schema.watched if each.kind == "numerical"]


@dataclass(frozen=True, slots=True)
class Piece:
    """Some windows without drift by one reference, or some breaks, or the shifts of one column."""

    plan: Plan
    what: Literal["no drift", "breaks", "shift"]
    number: int
    """The number of the reference, of the first break, or of the column."""
    effort: int
    """How long it takes, in breaks that take as long."""


@dataclass(frozen=True, slots=True)
class Found:
    """What one piece found."""

    no_drift: tuple[NoDrift, ...] = ()
    breaks: tuple[BreakTried, ...] = ()
    shift: ShiftTried | None = None


def pieces(work: Work) -> list[Piece]:
    """Divide a plan into pieces of about the same effort, in the order in which their results are told."""
    plan = work.plan
    references = -(-plan.windows // PER_REFERENCE)
    return [
        *(Piece(plan, "no drift", number, PER_REFERENCE // 3) for number in range(references)),
        *(Piece(plan, "breaks", first, CASES) for first in range(0, len(work.cases), CASES)),
        *(Piece(plan, "shift", number, CASES // 3) for number in range(len(work.numbers))),
    ]


@lru_cache(maxsize=1)
def work_of(plan: Plan) -> Work:
    """Read the bundle and draw references, once in each process; raises BundleError and TrialError."""
    population = population_of(open_bundle(plan.bundle), plan.policy)
    found = cases(population.rows, population.schema, MOST_PAIRS)
    return Work(plan, population, found, Search.of(population, plan.seed))


def run_piece(piece: Piece) -> Found:
    """Run one piece."""
    work = work_of(piece.plan)
    if piece.what == "no drift":
        return Found(no_drift=tuple(_without_drift(work, piece.number)))
    if piece.what == "shift":
        return Found(shift=work.search.shifted(work.numbers[piece.number], piece.plan.rows))
    some = work.cases[piece.number : piece.number + CASES]
    plan = piece.plan
    return Found(breaks=tuple(work.search.broken(case, plan.broken_sizes, plan.rows) for case in some))


def _without_drift(work: Work, number: int) -> Iterator[NoDrift]:
    """Windows of each size by one reference, which is drawn for them."""
    population, plan = work.population, work.plan
    monitor = population.draw_monitor(np.random.default_rng([plan.seed, 3, number]))
    for rows in plan.unbroken_sizes:
        rng = np.random.default_rng([plan.seed, 4, number, rows])
        result = NoDrift(rows)
        for _ in range(min(PER_REFERENCE, plan.windows - number * PER_REFERENCE)):
            result.add(monitor.judge(population.draw(rows, rng)))
        yield result
