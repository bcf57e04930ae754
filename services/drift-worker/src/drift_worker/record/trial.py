"""A trial of a bundle as it is kept: what its monitoring sees, and what it does not."""

from itertools import groupby
from typing import Literal

from pydantic import BaseModel

from drift_worker.findings import FROZEN

LEAST_SEEN = 0.95
"""A change is seen from as many rows on as show it in this share of the windows."""

Way = Literal["added", "tilt"]
"""How a column is shifted: the same is added to each value, or larger values are drawn more often."""


class NoDriftTried(BaseModel):
    """What happened in windows of one number of rows that have no drift."""

    model_config = FROZEN

    rows: int
    windows: int
    false_actions: int
    flagged: int
    """Windows in which any feature drifted."""
    flagged_columns: dict[str, int]
    reasons: list[str]
    """Why windows acted."""


class BreakTried(BaseModel):
    """One kind of break of one column, or of two that are swapped."""

    model_config = FROZEN

    what: str
    columns: tuple[str, ...]
    refused: bool
    """Whether predict refuses such rows: then no window has any, and none was tried."""
    windows: int
    """Windows of WINDOW_ROWS rows that were broken so."""
    seen: int
    """Those of them that called somebody."""
    is_seen: bool
    """Whether these are enough to say that windows of WINDOW_ROWS rows show it."""
    seen_from: int | None
    """The rows from which on it is seen; None where not even the largest window shows it."""

    @property
    def name(self) -> str:
        """The column, or both."""
        return " and ".join(self.columns)


class ShiftTried(BaseModel):
    """From which shift on a column of numbers drifts, and calls somebody alone, in windows of WINDOW_ROWS.

    Shifts are in standard deviations of the reference; None is beyond the largest that was tried.
    """

    model_config = FROZEN

    column: str
    way: Way
    drifted_from: float | None
    action_from: float | None


class Trial(BaseModel):
    """What was tried with which limits, and what was seen."""

    model_config = FROZEN

    model: str
    version: str
    made_at: str
    seed: int
    features: int
    ignored: tuple[str, ...]
    """The features that are not watched."""
    reference_rows: int
    population_rows: int
    """The rows of the reference that references and windows were drawn from."""
    drawn_reference_rows: int
    rows: int
    """WINDOW_ROWS."""
    min_rows: int
    drift_share_threshold: float
    alert_budget: float
    sizes: tuple[int, ...]
    """The rows of the windows that were broken."""
    shifts_tried: tuple[float, ...]
    false_action_bound: float
    """With a confidence of 95 %, at most this share of windows without drift calls somebody."""
    no_drift: tuple[NoDriftTried, ...]
    breaks: tuple[BreakTried, ...]
    shifts: tuple[ShiftTried, ...]
    pairs_left_out: int
    """Pairs of columns that could be swapped, and were not tried, since others are more alike."""
    dispersion: float | None = None
    """How many times as far as independent rows live windows of WINDOW_ROWS vary, where times are known."""

    @property
    def name(self) -> str:
        """What the trial's files are called."""
        return f"{self.model}-{self.version}"

    @property
    def not_seen(self) -> list[BreakTried]:
        """The breaks that windows of WINDOW_ROWS rows don't show, those that need most rows first."""
        found = [each for each in self.breaks if not each.refused and not each.is_seen]
        return sorted(found, key=lambda each: -_rows(each))

    @property
    def seen(self) -> list[tuple[str, int, list[BreakTried]]]:
        """The breaks that they show: of each kind and number of rows from which on, the most rows first."""
        found = [each for each in self.breaks if not each.refused and each.is_seen]
        order = {what: place for place, what in enumerate(dict.fromkeys(each.what for each in found))}
        found.sort(key=lambda each: (-_rows(each), order[each.what]))
        return [
            (what, rows, list(group))
            for (what, rows), group in groupby(found, key=lambda each: (each.what, int(_rows(each))))
        ]

    @property
    def refused(self) -> list[str]:
        """The columns whose missing values predict refuses."""
        return list(dict.fromkeys(each.name for each in self.breaks if each.refused))

    @property
    def shifted(self) -> list[tuple[float | None, float | None, list[str]]]:
        """The columns that drift, and call somebody alone, from the same shifts on; the largest first."""

        def key(each: ShiftTried) -> tuple[float, float]:
            return (each.action_from or float("inf")), (each.drifted_from or float("inf"))

        found = sorted(self.shifts, key=key, reverse=True)
        groups = [list(group) for _, group in groupby(found, key=key)]
        return [(each[0].drifted_from, each[0].action_from, [one.column for one in each]) for each in groups]


def _rows(tried: BreakTried) -> float:
    return float("inf") if tried.seen_from is None else tried.seen_from
