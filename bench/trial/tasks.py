"""The work of a trial in pieces, and what all of them found."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from typing import Final

from bench.trial import breaks, no_drift, power
from bench.trial.breaks import Broken
from bench.trial.over_time.tally import Tally
from bench.trial.over_time.work import TimePiece, run_time_piece, time_pieces
from bench.trial.power import Power
from bench.trial.quality.pieces import QualityPiece, quality_pieces, run_quality_piece
from bench.trial.sources import sources
from drift_worker.trial.changes.breaks import Case, cases
from drift_worker.trial.no_drift import NoDrift
from drift_worker.trial.population import Population

PIECE: Final = 500
"""Windows without drift in one piece of work."""

Result = NoDrift | Power | Broken | list[Tally]


class Part(StrEnum):
    """The parts of a trial, each a table."""

    NO_DRIFT = "no-drift"
    DRIFT = "drift"
    TIME = "time"
    LABELS = "labels"


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

    @property
    def part(self) -> Part:
        """The part of a trial that the piece belongs to."""
        return Part.NO_DRIFT if self.shifted is None and self.broken is None else Part.DRIFT


AnyPiece = Piece | TimePiece | QualityPiece


@dataclass(slots=True)
class Findings:
    """What all pieces found so far."""

    no_drift: dict[tuple[str, int], NoDrift] = field(default_factory=dict)
    powers: list[Power] = field(default_factory=list)
    breaks: list[Broken] = field(default_factory=list)
    tallies: dict[str, Tally] = field(default_factory=dict)
    looks: dict[str, Tally] = field(default_factory=dict)

    def add(self, piece: AnyPiece, result: Result) -> None:
        """Add what one piece found."""
        match result:
            case list():
                tallies = self.looks if isinstance(piece, QualityPiece) else self.tallies
                for tally in result:
                    before = tallies.get(tally.name, Tally(tally.name, 0, 0))
                    tallies[tally.name] = before + tally
            case NoDrift():
                self.no_drift.setdefault((piece.source, piece.rows), NoDrift(piece.rows)).merge(result)
            case Power():
                self.powers.append(result)
            case Broken():
                self.breaks.append(result)


def pieces(share: float, seed: int, only: Part | None = None) -> list[AnyPiece]:
    """Divide a trial of this share of all windows, or a part of it, into pieces, the longest first."""
    found: list[AnyPiece] = []
    if only in (None, Part.LABELS):
        found += quality_pieces(share, seed)
    if only in (None, Part.TIME):
        found += time_pieces(share, seed, source_of)
    if only in (None, Part.NO_DRIFT, Part.DRIFT):
        found += (each for each in _window_pieces(share, seed) if only in (None, each.part))
    return sorted(found, key=lambda piece: piece.rows * piece.windows, reverse=True)


def _window_pieces(share: float, seed: int) -> Iterator[Piece]:
    for name in sources():
        source = source_of(name)
        for rows, windows in no_drift.SIZES.items():
            yield from _no_drift(name, rows, round(windows * share), seed)
        if "month" not in name:
            continue
        count = max(round(power.WINDOWS * share), power.PER_REFERENCE)
        ways: tuple[power.Way, ...] = ("added", "tilt")
        for feature in power.features(source):
            yield from (Piece(name, count, seed, power.ROWS, shifted=feature, way=way) for way in ways)
        count = max(round(breaks.WINDOWS * share), 10)
        for place in range(len(cases_of(name))):
            yield from (Piece(name, count, seed, rows, broken=place) for rows in breaks.SIZES)


def run_piece(piece: AnyPiece) -> Result:
    """Run one piece; what it gives depends on the piece alone."""
    if isinstance(piece, QualityPiece):
        return run_quality_piece(piece)
    if isinstance(piece, TimePiece):
        return run_time_piece(piece, source_of)
    name, source = piece.source, source_of(piece.source)
    if piece.shifted is not None:
        return power.run(name, source, piece.shifted, piece.way, windows=piece.windows, seed=piece.seed)
    if piece.broken is not None:
        case = cases_of(name)[piece.broken]
        return breaks.run(name, source, case, piece.rows, windows=piece.windows, seed=piece.seed)
    return no_drift.run(source, piece.rows, piece.windows, piece.seed)


@cache
def source_of(name: str) -> Population:
    """Read a source once in each process."""
    return sources()[name]()


@cache
def cases_of(name: str) -> list[Case]:
    """Find what can be broken in a source, once in each process."""
    return cases(source_of(name).rows, source_of(name).schema)


def _no_drift(name: str, rows: int, windows: int, seed: int) -> Iterator[Piece]:
    for start in range(0, windows, PIECE):
        yield Piece(name, min(PIECE, windows - start), seed * 1_000 + start // PIECE, rows)
