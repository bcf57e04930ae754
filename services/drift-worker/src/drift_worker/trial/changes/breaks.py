"""What can be broken in a window: each kind of break of every feature, or pair, that can have it."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from contract.schema import Schema
from contract.task import Kind
from drift_worker.trial.changes.pairs import closest_pairs

FACTORS: Final = {
    "x 1000": 1000.0,
    "x 60": 60.0,
    "/ 60": 1 / 60,
    "x 1.609": 1.609,
    "x 2": 2.0,
    "negated": -1.0,
}
MISSING: Final = {"30 % missing": 0.3, "90 % missing": 0.9, "all missing": 1.0}
NEVER_SEEN: Final = "10 % never seen"
NEVER_SEEN_SHARE: Final = 0.1
SWAPPED: Final[Mapping[Kind, str]] = {
    "numerical": "swapped numbers",
    "boolean": "swapped booleans",
    "categorical": "swapped categories",
}

Frame = pd.DataFrame
Breaker = Callable[[Frame, np.random.Generator], Frame]


@dataclass(frozen=True, slots=True)
class Case:
    """One kind of break of one column, or of two that are swapped; `apply` reads and changes only these."""

    kind: str
    columns: tuple[str, ...]
    apply: Breaker
    refused: bool = False
    """Whether predict refuses such rows, since a value is missing that may not be: no window has any."""


def cases(rows: Frame, schema: Schema, most_pairs: int | None = None) -> list[Case]:
    """Every break of the watched features that changes any of the rows.

    Of the pairs that can be swapped, the `most_pairs` of each kind whose columns are most alike.
    """
    kinds: dict[str, Kind] = {each.name: each.kind for each in schema.watched}
    found = [*_scaled(kinds), *_emptied(schema), *_constant(rows, kinds)]
    found += [Case(NEVER_SEEN, (name,), _never_seen(name)) for name in _of(kinds, "categorical")]
    for kind, called in SWAPPED.items():
        pairs = closest_pairs(rows, _of(kinds, kind), kind, most_pairs)
        found += [Case(called, pair, _swapped(*pair)) for pair in pairs]
    return [case for case in found if _changes(case, rows)]


def _of(kinds: Mapping[str, Kind], kind: Kind) -> list[str]:
    return [name for name, its in kinds.items() if its == kind]


def _changes(case: Case, rows: Frame) -> bool:
    before = rows[[*case.columns]]
    after = case.apply(before, np.random.default_rng(0))
    return not before.astype(object).equals(after.astype(object))


def _scaled(kinds: Mapping[str, Kind]) -> Iterator[Case]:
    for kind, factor in FACTORS.items():
        for name in _of(kinds, "numerical"):
            yield Case(kind, (name,), _times(name, factor))
    for name in _of(kinds, "boolean"):
        yield Case("negated", (name,), _negated(name))


def _emptied(schema: Schema) -> Iterator[Case]:
    for kind, share in MISSING.items():
        for each in schema.watched:
            yield Case(kind, (each.name,), _without(each.name, share), refused=not each.nullable)


def _constant(rows: Frame, kinds: Mapping[str, Kind]) -> Iterator[Case]:
    for name in kinds:
        modes = rows[name].mode()
        if len(modes):
            yield Case("constant", (name,), _always(name, modes.iloc[0]))


def _times(name: str, factor: float) -> Breaker:
    return lambda frame, _: frame.assign(**{name: frame[name] * factor})


def _negated(name: str) -> Breaker:
    return lambda frame, _: frame.assign(**{name: frame[name].map({True: False, False: True})})


def _without(name: str, share: float) -> Breaker:
    return lambda frame, rng: frame.assign(**{name: frame[name].mask(rng.random(len(frame)) < share)})


def _always(name: str, value: object) -> Breaker:
    return lambda frame, _: frame.assign(**{name: pd.Series([value] * len(frame), dtype=frame[name].dtype)})


def _never_seen(name: str) -> Breaker:
    def apply(frame: Frame, rng: np.random.Generator) -> Frame:
        column = frame[name].astype(object)
        return frame.assign(**{name: column.mask(rng.random(len(frame)) < NEVER_SEEN_SHARE, "never seen")})

    return apply


def _swapped(one: str, other: str) -> Breaker:
    return lambda frame, _: frame.assign(**{one: frame[other], other: frame[one]})
