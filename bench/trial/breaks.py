"""Windows in which a column is broken: each kind of break on every feature that can have it."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations
from typing import Final

import numpy as np
import pandas as pd

from bench.trial.monitor import draw_monitor
from bench.trial.sources import Source

SIZES: Final = (1_000, 200)
WINDOWS: Final = 100
"""Windows of each break and size in a whole run."""

PER_REFERENCE: Final = 10
"""Windows that are drawn against one reference, before another is drawn."""

FACTORS: Final = {
    "x 1000": 1000.0,
    "x 60": 60.0,
    "/ 60": 1 / 60,
    "x 1.609": 1.609,
    "x 2": 2.0,
    "negated": -1.0,
}
MISSING: Final = {"30 % missing": 0.3, "90 % missing": 0.9, "all missing": 1.0}
UNSEEN_SHARE: Final = 0.1
CLEAR_SHARE: Final = 0.99
"""A column of which one value has this share looks alike when it is constant."""

LEAST_SEEN: Final = 1.0
"""The share of windows in which a break has to be seen."""

INVISIBLE: Final = {("swapped booleans", "plan_stream_tv, plan_stream_movies")}
"""Breaks of the example that change too little for anyone to see them."""

HARD: Final = {("swapped numbers", "failed_payments_90d, support_tickets_90d", 200): 0.0}
"""Breaks that so few rows cannot show as often, at a level of one false action in 2,160 windows.

The two columns differ by 0.29 SD. The best test there is, that of the likelihoods, would see six of ten.
"""

Frame = pd.DataFrame
Breaker = Callable[[Frame, np.random.Generator], Frame]


@dataclass(frozen=True, slots=True)
class Case:
    """One kind of break of one column, or of two that are swapped."""

    kind: str
    columns: str
    apply: Breaker


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


def cases(source: Source) -> list[Case]:
    """Every break of a source."""
    features = {name: kind for name, kind in source.kinds.items() if name not in source.outputs}
    numbers = [name for name, kind in features.items() if kind == "numerical"]
    booleans = [name for name, kind in features.items() if kind == "boolean"]
    found = [Case(kind, name, _scaled(name, by)) for kind, by in FACTORS.items() for name in numbers]
    found += [Case("negated", name, _negated(name)) for name in booleans]
    found += [Case(kind, name, _emptied(name, by)) for kind, by in MISSING.items() for name in features]
    found += [
        Case("constant", name, _constant(source.rows, name)) for name in features if _varies(source, name)
    ]
    found += [Case("unseen", name, _unseen(name)) for name, kind in features.items() if kind == "categorical"]
    for kind, names in (("swapped numbers", numbers), ("swapped booleans", booleans)):
        found += [
            Case(kind, f"{one}, {other}", _swapped(one, other)) for one, other in combinations(names, 2)
        ]
    return found


def run(source: Source, case: Case, rows: int, windows: int, seed: int) -> Broken:
    """Break windows of a source and count in how many something is said."""
    rng = np.random.default_rng([seed, rows])
    monitor = draw_monitor(source, rng)
    seen = 0
    for window in range(windows):
        if window and window % PER_REFERENCE == 0:
            monitor = draw_monitor(source, rng)
        seen += monitor.judge(case.apply(source.draw(rows, rng), rng)).acted
    return Broken(source.name, case.kind, case.columns, rows, windows, seen)


def _varies(source: Source, name: str) -> bool:
    shares = source.rows[name].value_counts(normalize=True)
    return bool(shares.iloc[0] < CLEAR_SHARE)


def _scaled(name: str, factor: float) -> Breaker:
    return lambda frame, _: frame.assign(**{name: frame[name] * factor})


def _negated(name: str) -> Breaker:
    return lambda frame, _: frame.assign(**{name: frame[name].map({True: False, False: True})})


def _emptied(name: str, share: float) -> Breaker:
    return lambda frame, rng: frame.assign(**{name: frame[name].mask(rng.random(len(frame)) < share)})


def _constant(rows: Frame, name: str) -> Breaker:
    mode = rows[name].mode().iloc[0]
    return lambda frame, _: frame.assign(**{name: pd.Series([mode] * len(frame), dtype=frame[name].dtype)})


def _unseen(name: str) -> Breaker:
    def apply(frame: Frame, rng: np.random.Generator) -> Frame:
        column = frame[name].astype(object)
        return frame.assign(**{name: column.mask(rng.random(len(frame)) < UNSEEN_SHARE, "never seen")})

    return apply


def _swapped(one: str, other: str) -> Breaker:
    return lambda frame, _: frame.assign(**{one: frame[other], other: frame[one]})
