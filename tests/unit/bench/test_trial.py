"""The parts of a trial."""

from collections import Counter

from bench.trial.quality.cases import CASES, STORIES
from bench.trial.quality.pieces import QualityPiece
from bench.trial.quality.uneven import UNEVEN
from bench.trial.tasks import Part, pieces


def test_a_part_alone_has_only_its_pieces() -> None:
    """All labels of a whole trial, and nothing else, where these are asked for."""
    labels = pieces(1.0, seed=1, only=Part.LABELS)
    assert {type(each) for each in labels} == {QualityPiece}
    runs = Counter[str]()
    for each in labels:
        runs[each.source] += each.windows
    assert {*runs} == {*CASES, *STORIES, *UNEVEN}
    assert {*runs.values()} == {1_000}
