"""Cells of predictions within which labels come alike: what one label stands for.

A cell is a predicted class and a bin of the output. Where labels come unevenly within a bin, it is cut there.
Whether a row is labelled decides this, never what its label says: so a cut makes no figure better or worse.
"""

from collections.abc import Iterator
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import xlogy

from drift_worker.detect.quality.estimate import Floats

LEAST_EXPECTED: Final = 5.0
"""Labels that a cell would have at the coverage around it; with fewer, it might have none by chance."""

LEAST_ROWS: Final = 5
"""Rows on either side of a cut."""

UNEVEN: Final = 16.0
"""Twice the logarithm of by how much likelier two coverages are than one, from which on a cell is cut.

Where labels come evenly, the best of all places reaches it in 4 of 100 stretches.
"""

DEEPEST: Final = 8
"""Cuts within cuts: labels that come and go a thousand times along the output are beyond cells."""

Piece = tuple[int, int]
"""The first row of a cell among the ordered ones of its class, and the first one after it."""


def cells_of(
    output: Floats, bins: NDArray[np.intp], classes: NDArray[Any], labelled: NDArray[np.bool_]
) -> NDArray[np.intp]:
    """The cell of each row, from 0 on: all of a cell are of one class, and next to each other by output.

    `bins` rise with the output. A bin with too few rows to weigh is joined with the one beside it.
    """
    cells, count = np.zeros(len(output), np.intp), 0
    for each in np.unique(classes):
        rows = np.flatnonzero(classes == each)
        ordered = rows[np.argsort(output[rows], kind="stable")]
        for begin, end in _pieces(output[ordered], bins[ordered], labelled[ordered]):
            cells[ordered[begin:end]] = count
            count += 1
    return cells


def _pieces(output: Floats, bins: NDArray[np.intp], labelled: NDArray[np.bool_]) -> Iterator[Piece]:
    """The cells of one class, whose rows are ordered by output: cut as a whole, divided by bin, cut again.

    A bound between two coverages is found wherever it is, and one that few rows of a bin show as well.
    """
    for whole in _cut(output, labelled, (0, len(output))):
        for part in _joined(bins, labelled, whole):
            yield from _cut(output, labelled, part)


def _joined(bins: NDArray[np.intp], labelled: NDArray[np.bool_], piece: Piece) -> Iterator[Piece]:
    """The bins of a piece; neighbours together until they would have labels enough at its coverage."""
    begin, end = piece
    coverage = float(labelled[begin:end].mean())
    ends = [*(np.flatnonzero(np.diff(bins[begin:end])) + 1 + begin).tolist(), end]
    for place in ends[:-1]:
        if min(place - begin, end - place) * coverage >= LEAST_EXPECTED:
            yield begin, place
            begin = place
    yield begin, end


def _cut(output: Floats, labelled: NDArray[np.bool_], piece: Piece, depth: int = 0) -> Iterator[Piece]:
    """The piece, or its parts where labels come more often on one side of an output than on the other."""
    begin, end = piece
    place = None if depth == DEEPEST else _most_uneven(output[begin:end], labelled[begin:end])
    if place is None:
        yield piece
        return
    for part in ((begin, begin + place), (begin + place, end)):
        yield from _cut(output, labelled, part, depth + 1)


def _most_uneven(output: Floats, labelled: NDArray[np.bool_]) -> int | None:
    """How many rows are below the best place for a cut; None where labels come evenly."""
    places = np.flatnonzero(output[1:] > output[:-1]) + 1
    places = places[(places >= LEAST_ROWS) & (places <= len(output) - LEAST_ROWS)]
    if not len(places):
        return None
    below = np.cumsum(labelled, dtype=np.intp)[places - 1]
    rows, labels = len(output), int(labelled.sum())
    apart = _likelihood(below, places) + _likelihood(labels - below, rows - places)
    gained = 2.0 * (apart - _likelihood(np.array([labels]), np.array([rows])))
    best = int(np.argmax(gained))
    return int(places[best]) if gained[best] >= UNEVEN else None


def _likelihood(labels: NDArray[np.intp], rows: NDArray[np.intp]) -> Floats:
    """The logarithm of the likelihood of so many labels, at the coverage that makes them likeliest."""
    share = labels / rows
    found: Floats = xlogy(labels, share) + xlogy(rows - labels, 1.0 - share)
    return found
