"""Pairs of columns that can be swapped, those that are most alike first chosen."""

from collections.abc import Sequence
from itertools import combinations
from typing import Final

import numpy as np
import pandas as pd

from baseline.counts import Floats, numbers_of, truths_of
from contract.task import Kind

QUANTILES: Final = np.linspace(0, 1, 21)


def pairs_of(columns: int) -> int:
    """The number of pairs of so many columns."""
    return columns * (columns - 1) // 2


def closest_pairs(
    rows: pd.DataFrame, names: Sequence[str], kind: Kind, most: int | None
) -> list[tuple[str, str]]:
    """All pairs of these columns, or the `most` that are most alike, in the order of the columns.

    Numbers are compared by their quantiles, in standard deviations; booleans and categories by their shares.
    """
    every = list(combinations(names, 2))
    if most is None or len(every) <= most:
        return every
    shapes, widths = _shapes(rows, names, kind)
    distances = np.concatenate(
        [
            np.abs(shapes[place + 1 :] - shapes[place]).sum(axis=1) / (widths[place + 1 :] + widths[place])
            for place in range(len(names) - 1)
        ]
    )
    return [every[place] for place in sorted(np.argsort(distances, kind="stable")[:most])]


def _shapes(rows: pd.DataFrame, names: Sequence[str], kind: Kind) -> tuple[Floats, Floats]:
    """What each column's distribution looks like, shape (columns, features of it), and its width."""
    if kind == "numerical":
        numbers = [numbers_of(rows[name]) for name in names]
        filled = [column[np.isfinite(column)] for column in numbers]
        shapes = np.array(
            [np.quantile(column, QUANTILES) if len(column) else 0 * QUANTILES for column in filled]
        )
        return shapes, np.maximum(shapes.std(axis=1), np.finfo(float).tiny)
    if kind == "boolean":
        shares = np.array([[np.nan_to_num(truths_of(rows[name])).mean()] for name in names])
    else:
        counts = [rows[name].astype(object).value_counts(normalize=True) for name in names]
        shares = pd.concat(counts, axis=1).fillna(0.0).to_numpy(dtype=float).T
    return shares, np.full(len(names), 0.5)
