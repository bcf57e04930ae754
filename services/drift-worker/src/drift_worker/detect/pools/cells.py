"""What a window adds to a pool: its rows by cell of each column, and which columns it tells by itself."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Self

import numpy as np

from baseline.columns import CategoryBaseline, NumberBaseline
from baseline.counts import CategoryCounts, Counts, NumberCounts
from baseline.document import Baseline
from drift_worker.detect.assessment import Window, broken_columns
from drift_worker.detect.chance import Cells, differences_of, rows_by_cell, smallest
from drift_worker.detect.relation import changed_relations, swapped_columns
from drift_worker.detect.size import Limits, farthest, size_of_categories

FORMAT: Final = 2
"""The form of the JSON that is written."""

READ: Final = (1, FORMAT)
"""The forms that are read: in the first one, columns that are broken or far off are not there."""


@dataclass(frozen=True, slots=True)
class WindowCells:
    """A window's number of rows, and its rows by cell of each column; what a cell lacks is missing."""

    rows: int
    columns: Mapping[str, Cells]
    buckets: Mapping[int, int] = field(default_factory=dict)
    """The rows of each bucket of hours and weekdays; empty without a season."""

    by_itself: Collection[str] = ()
    """The columns that are broken or far off: a window that decides tells so by itself."""

    def adds(self, column: str, min_rows: int) -> bool:
        """Whether the window adds a column to pools, where windows of so many rows decide by themselves.

        What one window decides would look as if it lasted, for as long as it is pooled.
        """
        return column in self.columns and (self.rows < min_rows or column not in self.by_itself)

    def to_json(self) -> str:
        """As text; the same window always gives the same."""
        columns = {
            name: dict(cells) if isinstance(cells, Mapping) else cells.astype(int).tolist()
            for name, cells in self.columns.items()
        }
        content = {
            "format": FORMAT,
            "rows": self.rows,
            "columns": columns,
            "buckets": dict(self.buckets),
            "by_itself": [*self.by_itself],
        }
        return json.dumps(content, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read what `to_json` wrote; raises ValueError for anything else, such as another format."""
        content: Any = json.loads(text)
        try:
            if content["format"] not in READ:
                raise ValueError(f"expected the cells of a window in format {FORMAT}")
            columns = {
                name: cells if isinstance(cells, dict) else np.array(cells, dtype=float)
                for name, cells in content["columns"].items()
            }
            buckets = {int(bucket): rows for bucket, rows in content["buckets"].items()}
            by_itself = content["by_itself"] if content["format"] == FORMAT else ()
            return cls(content["rows"], columns, buckets, tuple(by_itself))
        except (AttributeError, KeyError, TypeError) as error:
            raise ValueError("expected the cells of a window") from error


def window_cells(
    baseline: Baseline,
    window: Window,
    whole: Baseline,
    limits: Limits,
    buckets: Mapping[int, int],
) -> WindowCells:
    """Count a window by the cells of the whole baseline, and name the columns that it tells by itself.

    `baseline` is that of the window's mix of buckets, and the limits are those of the bundle. The same rows
    always give the same: no setting of a worker decides.
    """
    by_itself = _by_itself(baseline, window, whole, limits)
    return WindowCells(
        len(window.frame),
        cells_of(whole, window),
        buckets,
        tuple(name for name in whole.columns if name in by_itself),
    )


def cells_of(whole: Baseline, window: Window) -> dict[str, Cells]:
    """Count the rows of a window by the cells of each column of a baseline."""
    return {name: _cells(column, window.counts[name]) for name, column in whole.columns.items()}


def _by_itself(baseline: Baseline, window: Window, whole: Baseline, limits: Limits) -> set[str]:
    """The columns that are far off, broken or swapped, or related in another way."""
    levels, dispersion = limits.levels, limits.dispersion
    found = {each.column for each in broken_columns(baseline, window, limits, whole)}
    moved: dict[str, float] = {}
    for name, column in baseline.columns.items():
        differences = differences_of(column, window.counts[name])
        p_value = smallest(differences, dispersion.of_shift(name)) if differences else 1.0
        if p_value <= levels.drifted:
            moved[name] = p_value
            far = farthest(_size(column, window.counts[name]), differences)
            if far >= limits.strong_from(name) and p_value <= levels.action:
                found.add(name)
    pairs = [each.columns for each in swapped_columns(baseline, window.counts, moved, levels)]
    changed = changed_relations(
        baseline.relations,
        window.frame,
        baseline.kinds,
        window.counts,
        levels,
        dispersion=dispersion.of_relation,
    )
    return found.union(*pairs, *(each.columns for each in changed))


def _size(reference: NumberBaseline | CategoryBaseline, window: Counts) -> float | None:
    """The size of a change of categories; that of numbers needs all their values, and ranks have to do."""
    if isinstance(reference, CategoryBaseline) and isinstance(window, CategoryCounts):
        return size_of_categories(reference, window)
    return None


def _cells(reference: NumberBaseline | CategoryBaseline, window: Counts) -> Cells:
    if isinstance(reference, NumberBaseline) and isinstance(window, NumberCounts):
        return rows_by_cell(reference, window)
    if isinstance(window, CategoryCounts):
        return window.counts
    raise TypeError("a numerical column cannot be compared with a categorical one")
