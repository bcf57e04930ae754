"""What was found, in sentences for people."""

from drift_worker.detect.breaks import Break
from drift_worker.detect.relation import RelationChange
from drift_worker.findings import deviations

ALWAYS = 0.05
"""From this p-value on, a change is called what chance alone brings."""

MILLION = 1e-6


def of_shift(
    column: str, score: float | None, size: float | None, p_value: float | None, by_ranks: float | None = None
) -> str:
    """Say how far a column has moved and how often chance does that.

    `by_ranks` is how far it moved by these, where they alone say that it is far.
    """
    if score is None:
        return f"{column}: cannot be compared; the reference or the window has no values"
    if size is None:
        return f"{column}: cannot be measured; the values of the reference differ by rounding only"
    moved = f"{column}: moved by {deviations(size)} SD"
    if by_ranks is not None:
        moved = f"{column}: moved by {deviations(by_ranks)} SD by ranks, {deviations(size)} SD by values"
    return f"{moved}; the reference has one value only" if p_value is None else f"{moved}; {chance(p_value)}"


def chance(p_value: float) -> str:
    """Say how often chance alone brings as much."""
    if p_value < MILLION:
        return "by chance less than once in a million windows"
    if p_value >= ALWAYS:
        return "chance alone often does that"
    return f"by chance about once in {_round(1 / p_value):,} windows"


def of_lasting(column: str, size: float, p_value: float, pool: tuple[int, int]) -> str:
    """Say how far a column has moved over several windows; the pool is the number of them, and their rows."""
    windows, rows = pool
    return (
        f"{column}: moved by {deviations(size)} SD over {windows} windows, {rows:,} rows; {chance(p_value)}"
    )


def of_lasting_missing(
    column: str, shares: tuple[float, float], p_value: float, pool: tuple[int, int]
) -> str:
    """Say which share of a column is missing over several windows; `shares` are before and now."""
    (before, now), (windows, rows) = map(_percent, shares), pool
    return (
        f"{column}: {now} of the values are missing over {windows} windows, {rows:,} rows, {before} in the "
        f"reference; {chance(p_value)}"
    )


def of_break(column: str, what: Break) -> str:
    """Say what is broken, how much of the column is, how it was before, and where to look."""
    now, before = _percent(what.now), _percent(what.before)
    match what.kind:
        case "missing":
            change = f"{now} of the values are missing, {before} in the reference"
            cause = "look at the source of this column and at the join that brings it"
        case "out of range":
            change = f"{now} of the values are far out of the reference's range, such as {what.example}"
            cause = "look for another unit, a wrong sign or a placeholder"
        case "never seen":
            change = f"{now} of the values were never seen in the reference, such as {what.example}"
            cause = "look for a new category, another spelling or another code"
        case "constant":
            change = f"every value is {what.example}; the most frequent value of the reference has {before}"
            cause = "look for a default that stands in for the values"
    return f"{column}: {change}; {cause}"


def of_relation(change: RelationChange) -> str:
    """Say which two columns are no longer related as they were."""
    first, second = change.columns
    return (
        f"{first} and {second}: their rank correlation is {change.now:.2f}, {change.before:.2f} in the "
        "reference; look for swapped columns or a negated value"
    )


def of_swap(one: str, other: str) -> str:
    """Say that two columns are swapped."""
    return f"{one} and {other}: each has the values of the other; look for swapped columns"


def _percent(share: float) -> str:
    percent = share * 100
    return f"{percent:.0f} %" if percent == 0 or 1 <= percent <= 99 or percent == 100 else f"{percent:.1f} %"  # noqa: PLR2004 - percent


def _round(number: float) -> int:
    digits = max(len(str(int(number))) - 2, 0)
    return int(round(number, -digits))
