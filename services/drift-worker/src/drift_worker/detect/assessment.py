"""All findings of one window: what moved, what is broken, and which relations changed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from baseline.columns import CategoryBaseline, NumberBaseline
from baseline.counts import Counts, Frame, NumberCounts, count_column
from baseline.document import Baseline
from contract.schema import Method

from drift_worker.detect import sentences
from drift_worker.detect.breaks import Break, find_breaks
from drift_worker.detect.chance import category_p_value, number_p_value
from drift_worker.detect.levels import DRIFT_SIZE, STRONG_SIZE, Levels
from drift_worker.detect.relation import RelationChange, changed_relations
from drift_worker.detect.size import score_of_one, size_of


@dataclass(frozen=True, slots=True)
class Limits:
    """By what a column's change is judged: the levels of chance, and sizes of single columns.

    A size is in standard deviations of the reference, above 0; other columns have drifted from 0.10 on.
    """

    levels: Levels
    sizes: Mapping[str, float] = field(default_factory=dict)

    def drifted_from(self, column: str) -> float:
        """The size from which the column has drifted."""
        return self.sizes.get(column, DRIFT_SIZE)

    def strong_from(self, column: str) -> float:
        """The size from which the column alone is worth a look."""
        return max(STRONG_SIZE, self.drifted_from(column))


@dataclass(frozen=True, slots=True)
class Shift:
    """How far a column has moved; score, threshold, size and p-value are None where they do not exist."""

    column: str
    kind: Literal["feature", "output"]
    method: Method
    score: float | None
    threshold: float | None
    size: float | None
    p_value: float | None
    drifted: bool
    beyond_chance: bool
    strong: bool
    """Beyond chance, and large enough to be worth a look alone."""
    sentence: str


@dataclass(frozen=True, slots=True)
class Broken:
    """A column that is broken, and how."""

    column: str
    what: Break
    sentence: str


@dataclass(frozen=True, slots=True)
class Unrelated:
    """Two columns whose relation changed."""

    change: RelationChange
    sentence: str


@dataclass(frozen=True, slots=True)
class Assessment:
    """The findings of one window: a shift for every column, in order, and what is broken or changed."""

    rows: int
    shifts: tuple[Shift, ...]
    broken: tuple[Broken, ...]
    unrelated: tuple[Unrelated, ...]

    @property
    def drifted(self) -> list[Shift]:
        """The features that drifted, the largest change first."""
        drifted = [shift for shift in self.shifts if shift.kind == "feature" and shift.drifted]
        return sorted(drifted, key=lambda shift: shift.size or 0.0, reverse=True)

    @property
    def breaks(self) -> list[str]:
        """A sentence for each broken column, the largest share first, and for each relation that changed."""
        broken = sorted(self.broken, key=lambda each: abs(each.what.now - each.what.before), reverse=True)
        changed = sorted(self.unrelated, key=lambda each: each.change.p_value)
        return [each.sentence for each in broken] + [each.sentence for each in changed]


@dataclass(frozen=True, slots=True)
class Window:
    """The rows of a window, and the counts of each of its columns."""

    frame: Frame
    counts: Mapping[str, Counts]


def count_window(frame: Frame, baseline: Baseline) -> Window:
    """Count the columns of the baseline in a frame that has one row per prediction.

    Raises KeyError for a column that is not there, and ValueError for values of another kind.
    """
    return Window(frame, {name: count_column(frame[name], kind) for name, kind in baseline.kinds.items()})


def assess(
    baseline: Baseline, window: Window, scores: Mapping[str, float | None], limits: Limits
) -> Assessment:
    """Assess a window of the baseline's columns.

    `scores` gives Evidently's score of each column by the baseline's method, None where it has none. Raises
    KeyError for a score that is not there.
    """
    return Assessment(
        rows=len(window.frame),
        shifts=tuple(
            _shift(baseline, name, window.counts[name], scores[name], limits) for name in baseline.columns
        ),
        broken=tuple(
            Broken(name, what, sentences.of_break(name, what))
            for name, column in baseline.columns.items()
            for what in find_breaks(column, window.counts[name], limits.levels.action)
        ),
        unrelated=tuple(
            Unrelated(change, sentences.of_relation(change))
            for change in changed_relations(baseline.relations, window.frame, baseline.kinds, limits.levels)
        ),
    )


def p_value_of(reference: NumberBaseline | CategoryBaseline, window: Counts) -> float | None:
    """Give the p-value of a column by its kind; None where there is no test."""
    if isinstance(reference, NumberBaseline) and isinstance(window, NumberCounts):
        return number_p_value(reference, window)
    if isinstance(reference, CategoryBaseline) and not isinstance(window, NumberCounts):
        return category_p_value(reference, window)
    raise TypeError("a numerical column cannot be compared with a categorical one")


def _shift(baseline: Baseline, name: str, counted: Counts, score: float | None, limits: Limits) -> Shift:
    reference = baseline.columns[name]
    size = None if score is None else size_of(score, reference)
    p_value = p_value_of(reference, counted)
    large = size is not None and size >= limits.drifted_from(name)
    certain = p_value is not None and p_value <= limits.levels.action
    return Shift(
        column=name,
        kind="output" if name == baseline.output else "feature",
        method=reference.method,
        score=score,
        threshold=limits.drifted_from(name) * score_of_one(reference) or None,
        size=size,
        p_value=p_value,
        drifted=large and p_value is not None and p_value <= limits.levels.drifted,
        beyond_chance=large and certain,
        strong=size is not None and size >= limits.strong_from(name) and certain,
        sentence=sentences.of_shift(name, score, size, p_value),
    )
