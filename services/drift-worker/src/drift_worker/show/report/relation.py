"""What a plot of two columns shows: how high one is where the other is low, and where it is high."""

from collections.abc import Mapping

import pandas as pd

from baseline.counts import Frame, numbers_of, truths_of
from contract.task import Kind
from drift_worker.show.report.shares import Bar, Picture


def picture_of_relation(before: Frame, now: Frame, kinds: Mapping[str, Kind]) -> Picture:
    """What to draw of a relation: the average rank of the second column in the two halves of the first.

    Each frame has the two columns, numbers or booleans; ranks are of its own rows, from 0 to 1. A side
    without complete rows has the rank 0. Raises ValueError for values of another kind.
    """
    first, second = kinds
    ranks = [_average_ranks(_complete(frame, kinds)) for frame in (before, now)]
    labels = [f"{second}, where {first} is {half}" for half in ("low", "high")]
    sides = zip(labels, *ranks, strict=True)
    return Picture([Bar(label, was, is_now, remark=True) for label, was, is_now in sides])


def _complete(frame: Frame, kinds: Mapping[str, Kind]) -> Frame:
    numbers = {
        name: truths_of(frame[name]) if kind == "boolean" else numbers_of(frame[name])
        for name, kind in kinds.items()
    }
    return pd.DataFrame(numbers).dropna()


def _average_ranks(rows: Frame) -> tuple[float, float]:
    """The second column's average rank: where the first is not above its own average, and where it is."""
    ranks = rows.rank(pct=True)
    first, second = (ranks[name] for name in rows)
    low = first <= first.mean()
    return _mean(second[low]), _mean(second[~low])


def _mean(ranks: "pd.Series[float]") -> float:
    return float(ranks.mean()) if len(ranks) else 0.0
