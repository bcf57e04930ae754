"""Small changes that last: the last 8 windows together, and the last 64, against the reference."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from baseline.document import Baseline
from drift_worker.detect import sentences
from drift_worker.detect.levels import Levels
from drift_worker.detect.pools.cells import WindowCells
from drift_worker.detect.pools.checks import Check, Pool, checks_of
from drift_worker.detect.season.mix import Season
from drift_worker.findings import Finding

SPANS: Final = (8, 64)
"""Over how many windows changes are looked for, up to the window itself."""


FEWEST_WINDOWS: Final = 2
"""What one window shows does not last."""


@dataclass(frozen=True, slots=True)
class Earlier:
    """The windows before the one of that number, by their numbers; some may not be there."""

    number: int
    windows: Mapping[int, WindowCells] = field(default_factory=dict)
    ids: Mapping[int, str] = field(default_factory=dict)
    min_rows: int = 50
    """Windows of so many rows decide by themselves; what smaller ones show is told by pools alone."""


def lasting_drift(
    baseline: Baseline, earlier: Earlier, window: WindowCells, levels: Levels, season: Season | None = None
) -> list[Finding]:
    """Find the columns that moved a little over several windows, up to this one, in their order.

    `baseline` is that of the whole reference. A column is found once, over the shorter span if both show it.
    """
    found: dict[str, Finding] = {}
    for span, pool in _pools(earlier.number, {**earlier.windows, earlier.number: window}):
        for name in baseline.columns:
            pooled = [each for each in pool if each.adds(name, earlier.min_rows)]
            if len(pooled) < FEWEST_WINDOWS or pooled[-1] is not window:
                continue
            finding = _lasting(baseline, name, Pool(span, pooled), levels, season)
            if finding is not None:
                found.setdefault(name, finding)
    return [found[name] for name in baseline.columns if name in found]


def _pools(number: int, windows: Mapping[int, WindowCells]) -> Iterator[tuple[int, list[WindowCells]]]:
    """The pools that hold more windows than a shorter one does, and more than one."""
    before = FEWEST_WINDOWS - 1
    for span in SPANS:
        pool = [windows[each] for each in sorted(windows) if number - span < each <= number]
        if len(pool) > before:
            yield span, pool
            before = len(pool)


def _lasting(
    baseline: Baseline, name: str, pool: Pool, levels: Levels, season: Season | None
) -> Finding | None:
    """What lasts in a column: its values moved, or else more or fewer of them are missing."""
    found = checks_of(baseline.columns[name], name, pool, season)
    for each in found:
        p_value = min(1.0, len(found) * each.p_value)
        if each.large and p_value <= levels.lasting(pool.span, pool.rows, each.reference_rows):
            return _finding(name, pool, each, p_value)
    return None


def _finding(name: str, pool: Pool, check: Check, p_value: float) -> Finding:
    told = len(pool.windows), pool.rows
    before, now = check.missing or (None, None)
    return Finding(
        kind="lasting",
        column=name,
        method=f"last {pool.span} windows",
        score=None,
        threshold=None,
        size=check.distance,
        p_value=p_value,
        drifted=True,
        beyond_chance=True,
        before=before,
        now=now,
        detail=sentences.of_lasting_missing(name, check.missing, p_value, told)
        if check.missing
        else sentences.of_lasting(name, check.distance, p_value, told),
    )
