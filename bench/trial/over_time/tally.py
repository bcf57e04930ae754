"""How often something happened, and how often it may or has to."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Tally:
    """How often one thing was tried, and how often it came out."""

    name: str
    tried: int
    hits: int

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(self.name, self.tried + other.tried, self.hits + other.hits)


@dataclass(frozen=True, slots=True)
class Promise:
    """What was promised of a tally: at most so many hits, or a least or largest share of them."""

    most: int | None = None
    least_share: float | None = None
    most_share: float | None = None

    def kept(self, tally: Tally) -> bool:
        """Whether the promise was kept; shares have the error of so few tries, three times."""
        share = self.least_share if self.most_share is None else self.most_share
        error = 0.0 if share is None else 3 * (share * (1 - share) / max(tally.tried, 1)) ** 0.5
        return (
            (self.most is None or tally.hits <= self.most)
            and (self.least_share is None or tally.hits >= tally.tried * (self.least_share - error))
            and (self.most_share is None or tally.hits <= tally.tried * (self.most_share + error))
        )


NO_DRIFT_ACTIONS: Final = "no drift, with pools: actions, windows of {rows} rows of {source}"
NO_DRIFT_LASTING: Final = "no drift: streams of windows of {rows} rows of {source} in which something lasts"
TENTH: Final = "0.1 SD in windows of 200 rows, found by a pool within 80 windows"
TWENTIETH: Final = "0.05 SD in windows of 1,000 rows, found by a pool within 80 windows"
SEASON_ACTIONS: Final = "season of 0.2 SD up and down, with times: actions"
SEASON_FLAGGED: Final = "season of 0.2 SD up and down, with times: windows that flag a feature"
SEASON_SHIFT: Final = "0.3 SD within that season, found"
SEASON_BREAK: Final = "a break within that season, seen"
FLIGHTS: Final = "flights from New York, by a reference of four weeks: actions in windows of 500"

PROMISES: Final = {
    TENTH: Promise(least_share=0.95),
    TWENTIETH: Promise(least_share=0.70),
    SEASON_ACTIONS: Promise(most=1),
    SEASON_FLAGGED: Promise(most_share=0.02),
    SEASON_SHIFT: Promise(least_share=0.90),
    SEASON_BREAK: Promise(least_share=1.0),
    FLIGHTS: Promise(most=15),
}


LASTING: Final = Promise(most_share=0.15)
"""What lasts without drift decides nothing, but somebody looks at it: about once in 3,000 windows."""


def promise_of(name: str) -> Promise:
    """What was promised of the tally of that name."""
    if name in PROMISES:
        return PROMISES[name]
    return LASTING if name.startswith("no drift: streams") else Promise(most=2)
