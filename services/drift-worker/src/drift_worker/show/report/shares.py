"""What a plot of a column shows: shares of the rows, in the reference and now."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np

from baseline.counts import CategoryCounts, Counts, Floats, NumberCounts
from drift_worker.show.report.bins import equal_ranks, equal_steps, number, rows_between, rows_up_to

MOST_BARS: Final = 12
"""So many categories have a bar each; and so many distinct numbers, if a histogram would show nothing."""

FEW_NUMBERS: Final = 8
"""So many distinct numbers have a bar each anyway."""


@dataclass(frozen=True, slots=True)
class Bar:
    """A value, or some values, and the share of all rows that have it; from 0 to 1."""

    label: str
    before: float
    now: float
    remark: bool = False
    """Whether the label is ours and no value of the column."""


@dataclass(frozen=True, slots=True)
class Picture:
    """Bins of a histogram, from each edge to the next, and single bars; one of both may be empty.

    Over bins and bars the shares of a side with rows add up to 1.
    """

    bars: Sequence[Bar]
    bins: Sequence[Bar] = ()
    edges: Sequence[float] = ()


def picture_of(before: Counts, now: Counts) -> Picture:
    """What to draw of a column; raises TypeError where its two sides are not of one kind."""
    sides = _Sides(before.present + before.missing, now.present + now.missing)
    missing = [sides.bar("missing", before.missing, now.missing)] if before.missing or now.missing else []
    if isinstance(before, NumberCounts) and isinstance(now, NumberCounts):
        drawn = _of_numbers(before, now, sides)
    elif isinstance(before, CategoryCounts) and isinstance(now, CategoryCounts):
        drawn = Picture(_of_categories(before, now, sides))
    else:
        raise TypeError("a numerical column cannot be drawn beside a categorical one")
    return Picture([*drawn.bars, *missing], drawn.bins, drawn.edges)


def ranges_of(before: Counts, now: Counts) -> str | None:
    """From where to where the numbers of either side go, as a sentence; None of what are no numbers."""
    told = [
        f"{side} {number(each.values[0])} to {number(each.values[-1])}"
        for side, each in (("reference", before), ("current", now))
        if isinstance(each, NumberCounts) and each.present
    ]
    return f"Smallest to largest: {', '.join(told)}" if told else None


@dataclass(frozen=True, slots=True)
class _Sides:
    """The rows of the reference and of the window."""

    before: float
    now: float

    def bars(self, labels: Sequence[str], before: Sequence[float], now: Sequence[float]) -> list[Bar]:
        """A bar of our own for each label, from its rows on either side."""
        return [self.bar(*each) for each in zip(labels, before, now, strict=True)]

    def bar(self, label: str, before: float, now: float, *, remark: bool = True) -> Bar:
        """A bar from its rows on either side."""
        return Bar(label, before / max(self.before, 1), now / max(self.now, 1), remark)


def _of_numbers(before: NumberCounts, now: NumberCounts, sides: _Sides) -> Picture:
    values = np.union1d(before.values, now.values)
    edges = equal_steps(before, now) if len(values) > FEW_NUMBERS else None
    if edges is not None:
        return _histogram(before, now, sides, edges.tolist())
    return (
        _of_ranks(before, now, sides) if len(values) > MOST_BARS else _of_values(before, now, sides, values)
    )


def _of_values(before: NumberCounts, now: NumberCounts, sides: _Sides, values: Floats) -> Picture:
    rows = (rows_between(each, values)[1:] for each in (before, now))
    named = zip(values.tolist(), *rows, strict=True)
    return Picture([sides.bar(number(value), *counts, remark=False) for value, *counts in named])


def _histogram(before: NumberCounts, now: NumberCounts, sides: _Sides, edges: list[float]) -> Picture:
    within = [f"{number(low)} to {number(high)}" for low, high in pairwise(edges)]
    labels = [f"below {number(edges[0])}", *within, f"{number(edges[-1])} and more"]
    rows = [rows_between(each, np.array(edges)) for each in (before, now)]
    below, *bins, above = sides.bars(labels, *rows)
    return Picture(_with_rows(below, above), bins, edges)


def _of_ranks(before: NumberCounts, now: NumberCounts, sides: _Sides) -> Picture:
    """Ranges that hold about equally many rows of the reference, and what lies beyond its values."""
    least, cuts = equal_ranks(before, now)
    rows = []
    for each in (before, now):
        first, *others = rows_up_to(each, cuts)
        below = int(each.counts[each.values < least].sum())
        rows.append([below, first - below, *others])
    within = [
        number(low) if low == high else f"{number(low)} to {number(high)}"
        for low, high in pairwise([least, *cuts.tolist()])
    ]
    labels = [f"below {number(least)}", *within, f"above {number(cuts[-1])}"]
    below_it, *inside, above = sides.bars(labels, *rows)
    return Picture([*_with_rows(below_it), *inside, *_with_rows(above)])


def _of_categories(before: CategoryCounts, now: CategoryCounts, sides: _Sides) -> list[Bar]:
    """The most frequent of either side, by their share of the reference, then all others as one."""
    names = {*before.counts, *now.counts}
    bars = [
        sides.bar(name, before.counts.get(name, 0), now.counts.get(name, 0), remark=False)
        for name in sorted(names)
    ]
    bars.sort(key=lambda each: -max(each.before, each.now))
    shown, others = (bars, []) if len(bars) <= MOST_BARS else (bars[: MOST_BARS - 1], bars[MOST_BARS - 1 :])
    shown = sorted(shown, key=lambda each: (-each.before, -each.now))
    if not others:
        return shown
    rest = (sum(each.before for each in others), sum(each.now for each in others))
    return [*shown, Bar(f"{len(others):,} others", *rest, remark=True)]


def _with_rows(*bars: Bar) -> list[Bar]:
    return [each for each in bars if each.before or each.now]
