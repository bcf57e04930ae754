"""What a window adds to a pool: its rows by cell of each column; columns that are broken are left out."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Self

import numpy as np

from baseline.columns import CategoryBaseline, NumberBaseline
from baseline.counts import CategoryCounts, Counts, NumberCounts
from baseline.document import Baseline
from drift_worker.detect.assessment import Window, broken_columns
from drift_worker.detect.chance import Cells, differences_of, rows_by_cell, smallest
from drift_worker.detect.levels import STRONG_SIZE, Levels
from drift_worker.detect.relation import changed_relations, swapped_columns
from drift_worker.detect.season.dispersion import Dispersion
from drift_worker.detect.size import Limits

DECIDES_FROM: Final = 50
"""Windows of so many rows decide by themselves; what smaller ones show is told by pools alone."""

FORMAT: Final = 1
"""The form of the JSON; another one is not read."""


@dataclass(frozen=True, slots=True)
class WindowCells:
    """A window's number of rows, and its rows by cell of each column that is not broken."""

    rows: int
    columns: Mapping[str, Cells]
    buckets: Mapping[int, int] = field(default_factory=dict)
    """The rows of each bucket of hours and weekdays; empty without a season."""

    def to_json(self) -> str:
        """As text; the same window always gives the same."""
        columns = {
            name: dict(cells) if isinstance(cells, Mapping) else cells.astype(int).tolist()
            for name, cells in self.columns.items()
        }
        content = {"format": FORMAT, "rows": self.rows, "columns": columns, "buckets": dict(self.buckets)}
        return json.dumps(content, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read what `to_json` wrote; raises ValueError for anything else, such as another format."""
        content: Any = json.loads(text)
        try:
            if content["format"] != FORMAT:
                raise ValueError(f"expected the cells of a window in format {FORMAT}")
            columns = {
                name: cells if isinstance(cells, dict) else np.array(cells, dtype=float)
                for name, cells in content["columns"].items()
            }
            buckets = {int(bucket): rows for bucket, rows in content["buckets"].items()}
            return cls(content["rows"], columns, buckets)
        except (AttributeError, KeyError, TypeError) as error:
            raise ValueError("expected the cells of a window") from error


def window_cells(
    baseline: Baseline,
    window: Window,
    whole: Baseline,
    dispersion: Dispersion,
    buckets: Mapping[int, int],
) -> WindowCells:
    """Count a window by the cells of the whole baseline, without columns that are broken or far off in it.

    What one window decides by itself would look as if it lasted, for as long as it is pooled. `baseline` is
    that of the window's mix of buckets. The same rows always give the same: no setting decides.
    """
    left_out = _left_out(baseline, window, whole, dispersion)
    return WindowCells(
        len(window.frame),
        {
            name: _cells(column, window.counts[name])
            for name, column in whole.columns.items()
            if name not in left_out
        },
        buckets,
    )


def _left_out(baseline: Baseline, window: Window, whole: Baseline, dispersion: Dispersion) -> set[str]:
    """The columns that are far off, broken or swapped, or related in another way."""
    levels = Levels(len(baseline.columns))
    found = {
        each.column for each in broken_columns(baseline, window, Limits(levels, dispersion=dispersion), whole)
    }
    moved: dict[str, float] = {}
    for name, column in baseline.columns.items():
        differences = differences_of(column, window.counts[name])
        p_value = smallest(differences, dispersion.of_shift(name)) if differences else 1.0
        if p_value <= levels.drifted:
            moved[name] = p_value
            strong = max(each.distance for each in differences) >= STRONG_SIZE and p_value <= levels.action
            if strong and len(window.frame) >= DECIDES_FROM:
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


def _cells(reference: NumberBaseline | CategoryBaseline, window: Counts) -> Cells:
    if isinstance(reference, NumberBaseline) and isinstance(window, NumberCounts):
        return rows_by_cell(reference, window)
    if isinstance(window, CategoryCounts):
        return window.counts
    raise TypeError("a numerical column cannot be compared with a categorical one")
