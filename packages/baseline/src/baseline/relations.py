"""The rank correlations between the numbers and booleans of the reference."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Final

import numpy as np
from pydantic import BaseModel

from baseline.columns import FROZEN, rounded
from baseline.counts import Column, Counts, Floats, Frame, Integers, numbers_of, truths_of
from contract.task import Kind

CLEAR_MODE: Final = 0.95
"""A column whose most frequent value has a larger share than this has no relation to others."""

LEAST_ROWS: Final = 50
"""A correlation of fewer complete rows than this says nothing."""

SMALLEST_VARIANCE: Final = 1e-9
"""Ranks with a smaller variance than this are constant among the rows that are compared."""


class RelationBaseline(BaseModel):
    """The correlations of the reference; each list has an item for every pair, in the order of `pairs`."""

    model_config = FROZEN

    columns: tuple[str, ...]
    reach: tuple[float, ...]
    """How far a column's rank can be from the mean, in standard deviations."""
    correlations: tuple[float | None, ...]
    """None where the rows that have both values say nothing."""
    rows: tuple[int, ...]
    spreads: tuple[float | None, ...]
    """The standard error of a correlation, times the square root of the rows."""

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """The pairs of columns: first with second, first with third, and so on."""
        return list(combinations(self.columns, 2))


@dataclass(frozen=True, slots=True)
class Correlations:
    """Square matrices: correlation (NaN where undefined), rows that have both values, and spread."""

    correlation: Floats
    rows: Floats
    spread: Floats


def relation_baseline(
    reference: Frame, kinds: Mapping[str, Kind], counts: Mapping[str, Counts]
) -> RelationBaseline:
    """Correlate the numbers and booleans of the reference; `counts` has those that may be."""
    columns = [
        name
        for name, counted in counts.items()
        if kinds[name] != "categorical" and 0 < counted.rows.max(initial=0) <= CLEAR_MODE * counted.present
    ]
    ranks = standard_ranks(reference, {name: kinds[name] for name in columns}, counts)
    found = correlate(ranks)
    upper = np.triu_indices(len(columns), 1)
    return RelationBaseline(
        columns=tuple(columns),
        reach=tuple(map(rounded, np.nanmax(np.abs(ranks), axis=0, initial=0.0).tolist())),
        correlations=_optional(found.correlation[upper]),
        rows=tuple(found.rows[upper].astype(int).tolist()),
        spreads=_optional(found.spread[upper]),
    )


def standard_ranks(frame: Frame, kinds: Mapping[str, Kind], counts: Mapping[str, Counts]) -> Floats:
    """Give each column's mid-ranks with mean 0 and variance 1, and NaN for what is missing or constant.

    `counts` are those of the same rows.
    """
    columns = [_standard_rank(_floats(frame[name], kind), counts[name].rows) for name, kind in kinds.items()]
    return np.column_stack(columns) if columns else np.empty((len(frame), 0))


def _floats(column: Column, kind: Kind) -> Floats:
    return truths_of(column) if kind == "boolean" else numbers_of(column)


def _standard_rank(numbers: Floats, counts: Integers | Floats) -> Floats:
    result = np.full(len(numbers), np.nan)
    if len(counts) > 1:
        ends = np.cumsum(counts)
        rank = ends - counts / 2
        shares = counts / ends[-1]
        centred = rank - shares @ rank
        order = np.argsort(numbers)[: int(ends[-1])]  # NaN comes last
        result[order] = np.repeat(centred / np.sqrt(shares @ centred**2), counts.astype(np.int64))
    return result


def correlate(ranks: Floats, *, spread: bool = True) -> Correlations:
    """Correlate every two columns over the rows that have both values.

    The spread is that of the delta method: a correlation's influence is xy - r(x² + y²)/2.
    """
    present = (~np.isnan(ranks)).astype(float)
    x = np.nan_to_num(ranks)
    rows = present.T @ present
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = (x.T @ present) / rows
        variance = (x**2).T @ present / rows - mean**2
        covariance = x.T @ x / rows - mean * mean.T
        undefined = (rows < LEAST_ROWS) | (np.minimum(variance, variance.T) < SMALLEST_VARIANCE)
        correlation = np.clip(covariance / np.sqrt(variance * variance.T), -1.0, 1.0)
    correlation[undefined] = np.nan
    return Correlations(correlation, rows, _spread(x, present, rows, correlation) if spread else rows)


def _spread(x: Floats, present: Floats, rows: Floats, r: Floats) -> Floats:
    square = x * x
    with np.errstate(divide="ignore", invalid="ignore"):
        squares = square.T @ square / rows
        cubes = (square * x).T @ x / rows
        fourths = (square * square).T @ present / rows
    variance = squares - r * (cubes + cubes.T) + r**2 / 4 * (fourths + 2 * squares + fourths.T)
    return np.sqrt(np.maximum(variance, 0.0))


def _optional(numbers: Floats) -> tuple[float | None, ...]:
    return tuple(None if np.isnan(number) else rounded(number) for number in numbers)
