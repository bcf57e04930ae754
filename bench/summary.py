"""Repeated figures summed up: a median, with the spread that says how far to trust it."""

from collections.abc import Iterable, Sequence
from statistics import median
from typing import Self

from pydantic import BaseModel, ConfigDict


class Summary(BaseModel):
    """The median of repeated measurements and their range."""

    model_config = ConfigDict(frozen=True)

    median: float
    low: float
    high: float
    values: tuple[float, ...]
    """The measurements, in the order in which they were made."""

    @classmethod
    def of(cls, values: Iterable[float]) -> Self:
        """Sum up at least one measurement; raises ValueError for none."""
        measured = tuple(values)
        if not measured:
            raise ValueError("nothing was measured")
        return cls(median=median(measured), low=min(measured), high=max(measured), values=measured)


def percentile(ordered: Sequence[float], share: float) -> float:
    """The smallest of the ascending values that at least that share of them does not exceed.

    The nearest-rank method: the result is always a value that was measured. Raises ValueError for none.
    """
    if not ordered:
        raise ValueError("nothing was measured")
    rank = -(-len(ordered) * share // 1)
    return ordered[max(int(rank), 1) - 1]
