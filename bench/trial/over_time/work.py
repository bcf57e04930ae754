"""The pieces of work about windows over time."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, Literal

from bench.trial import power
from bench.trial.over_time import seasons, streams
from bench.trial.over_time.tally import Tally
from drift_worker.trial.population import Population

EXAMPLE: Final = "example month_000"
STREAMED: Final = {EXAMPLE: 2, "heavy tails": 1}
"""Sources of streams without drift, and how many there are at least."""

SEASON_PIECES: Final = 4

Kind = Literal["no drift", "added", "tilt", "season", "flights"]


@dataclass(frozen=True, slots=True)
class TimePiece:
    """A stream, a part of the season, or one of the periods of flights."""

    kind: Kind
    source: str
    seed: int
    windows: int
    rows: int = 0
    name: str = ""
    """The tally of a shift, or the first day of a period."""

    feature: str = ""
    changed: int = 0
    """Windows of a season that are changed, too."""


def time_pieces(share: float, seed: int, source_of: Callable[[str], Population]) -> Iterator[TimePiece]:
    """Divide this share of the work into pieces; the flights are always all of them."""
    for source, least in STREAMED.items():
        for number in range(max(round(streams.STREAMS * share), least)):
            for rows in streams.SIZES:
                yield TimePiece("no drift", source, seed * 1_000 + number, streams.WINDOWS, rows)
    for number in range(max(round(streams.STREAMS * share), 2)):
        for name, (_, rows) in streams.SHIFTS.items():
            for feature in power.features(source_of(EXAMPLE)):
                ways: tuple[Kind, ...] = (
                    ("tilt", "added") if streams.is_fine(source_of(EXAMPLE), feature) else ("tilt",)
                )
                for way in ways:
                    piece = seed * 1_000 + number, streams.FOUND_WITHIN
                    yield TimePiece(way, EXAMPLE, *piece, rows, name, feature)
    windows, changed = (round(each * share / SEASON_PIECES) for each in (seasons.WINDOWS, seasons.CHANGED))
    for number in range(SEASON_PIECES):
        part = seed * 1_000 + number, max(windows, 1)
        yield TimePiece("season", EXAMPLE, *part, seasons.ROWS, changed=max(changed, 1))
    for start in seasons.STARTS:
        yield TimePiece("flights", "flights", seed, seasons.FLIGHT_WINDOWS, seasons.ROWS, start)


def run_time_piece(piece: TimePiece, source_of: Callable[[str], Population]) -> list[Tally]:
    """Run one piece; what it gives depends on the piece alone."""
    match piece.kind:
        case "no drift":
            return streams.no_drift(piece.source, source_of(piece.source), piece.rows, piece.seed)
        case "added" | "tilt":
            source, tilt = source_of(piece.source), piece.kind == "tilt"
            return streams.shifted(piece.name, source, piece.feature, tilt=tilt, seed=piece.seed)
        case "season":
            return seasons.season(source_of(piece.source), piece.windows, piece.changed, piece.seed)
        case "flights":
            return seasons.flights(piece.name)
