"""The work of a trial in pieces that processes take side by side, and what all of them found."""

import os
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field
from functools import cache
from multiprocessing import get_context
from typing import Final

from bench.trial import breaks, no_drift, power
from bench.trial.breaks import Broken
from bench.trial.no_drift import NoDrift
from bench.trial.power import Power
from bench.trial.sources import Source, sources

PIECE: Final = 500
"""Windows without drift in one piece of work."""

Result = NoDrift | Power | Broken


@dataclass(frozen=True, slots=True)
class Piece:
    """A number of windows of one source: without drift, with a shift, or with a break."""

    source: str
    windows: int
    seed: int
    rows: int
    shifted: str | None = None
    way: power.Way = "added"
    broken: int | None = None
    """The place of the break among all of the source's."""


@dataclass(slots=True)
class Findings:
    """What all pieces found so far."""

    no_drift: dict[tuple[str, int], NoDrift] = field(default_factory=dict)
    powers: list[Power] = field(default_factory=list)
    breaks: list[Broken] = field(default_factory=list)

    def add(self, result: Result) -> None:
        """Add what one piece found."""
        match result:
            case NoDrift():
                key = result.source, result.rows
                self.no_drift.setdefault(key, NoDrift(*key)).merge(result)
            case Power():
                self.powers.append(result)
            case Broken():
                self.breaks.append(result)


def pieces(share: float, seed: int) -> list[Piece]:
    """Divide a trial of this share of all windows into pieces, the longest first."""
    found: list[Piece] = []
    for name in sources():
        source = source_of(name)
        for rows, windows in no_drift.SIZES.items():
            found += list(_no_drift(name, rows, round(windows * share), seed))
        if "month" not in name:
            continue
        count = max(round(power.WINDOWS * share), power.PER_REFERENCE)
        ways: tuple[power.Way, ...] = ("added", "tilt")
        found += [
            Piece(name, count, seed, power.ROWS, shifted=feature, way=way)
            for feature in power.features(source)
            for way in ways
        ]
        count = max(round(breaks.WINDOWS * share), 10)
        for place in range(len(cases_of(name))):
            found += [Piece(name, count, seed, rows, broken=place) for rows in breaks.SIZES]
    return sorted(found, key=lambda piece: piece.rows * piece.windows, reverse=True)


def run(work: list[Piece], processes: int) -> Iterator[Result]:
    """Run the pieces in processes of their own; results come as they are ready."""
    # Each process computes on one core: the threads of the linear algebra would only wait for each other.
    os.environ |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    with ProcessPoolExecutor(processes, get_context("spawn")) as pool:
        for future in as_completed([pool.submit(run_piece, piece) for piece in work]):
            yield future.result()


def run_piece(piece: Piece) -> Result:
    """Run one piece; what it gives depends on the piece alone."""
    source = source_of(piece.source)
    if piece.shifted is not None:
        return power.run(source, piece.shifted, piece.way, piece.windows, piece.seed)
    if piece.broken is not None:
        case = cases_of(piece.source)[piece.broken]
        return breaks.run(source, case, piece.rows, piece.windows, piece.seed)
    return no_drift.run(source, piece.rows, piece.windows, piece.seed)


@cache
def source_of(name: str) -> Source:
    """Read a source once in each process."""
    return sources()[name]()


@cache
def cases_of(name: str) -> list[breaks.Case]:
    """Find what can be broken in a source, once in each process."""
    return breaks.cases(source_of(name))


def _no_drift(name: str, rows: int, windows: int, seed: int) -> Iterator[Piece]:
    for start in range(0, windows, PIECE):
        yield Piece(name, min(PIECE, windows - start), seed * 1_000 + start // PIECE, rows)
