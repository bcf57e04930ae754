"""The pieces of work about labels."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from bench.trial.over_time.tally import Tally
from bench.trial.quality.cases import CASES, RUNS, STORIES, run
from bench.trial.quality.uneven import UNEVEN

PIECE: Final = 50
"""Runs of one piece of work."""


@dataclass(frozen=True, slots=True)
class QualityPiece:
    """A number of runs of one case."""

    source: str
    windows: int
    """Runs."""

    seed: int
    rows: int = 2_000


def quality_pieces(share: float, seed: int) -> Iterator[QualityPiece]:
    """Divide this share of the runs into pieces; each case has 50 at least."""
    for case in (*STORIES, *UNEVEN, *CASES):
        for number in range(max(round(RUNS * share / PIECE), 1)):
            yield QualityPiece(case, PIECE, seed * 1_000 + number)


def run_quality_piece(piece: QualityPiece) -> list[Tally]:
    """Run one piece; what it gives depends on the piece alone."""
    return run(piece.source, piece.windows, piece.seed)
