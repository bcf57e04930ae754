"""The pieces of work about labels."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from bench.trial.over_time.tally import Tally
from bench.trial.quality.cases import CASES, LOOKS, run

PIECE: Final = 100
"""Looks of one piece of work."""


@dataclass(frozen=True, slots=True)
class QualityPiece:
    """A number of looks at labels of one case."""

    source: str
    windows: int
    """Looks; each is of one draw."""

    seed: int
    rows: int = 2_000


def quality_pieces(share: float, seed: int) -> Iterator[QualityPiece]:
    """Divide this share of the looks into pieces; each case has 100 at least, which is a tenth."""
    for case in CASES:
        for number in range(max(round(LOOKS * share / PIECE), 1)):
            yield QualityPiece(case, PIECE, seed * 1_000 + number)


def run_quality_piece(piece: QualityPiece) -> list[Tally]:
    """Run one piece; what it gives depends on the piece alone."""
    return run(piece.source, piece.windows, piece.seed)
