"""Which columns of a window have a plot, in which order, and what is said of each."""

from collections.abc import Sequence
from dataclasses import dataclass

from drift_worker.findings import Finding


@dataclass(frozen=True, slots=True)
class Change:
    """A column that drifted or is broken, and each thing that was found of it, as a sentence."""

    column: str
    sentences: Sequence[str]


def changes(findings: Sequence[Finding]) -> list[Change]:
    """Give the columns that changed: broken ones first, in the findings' order, then the largest change first.

    That is the order of a decision's reasons. Both columns of a relation are there.
    """
    changed = [each for each in findings if each.drifted]
    broken = [each for each in changed if not each.kind.endswith("_drift")]
    moved = [each for each in changed if each.kind.endswith("_drift")]
    told: dict[str, list[str]] = {}
    for finding in [*broken, *sorted(moved, key=lambda each: -(each.size or 0.0))]:
        for column in (finding.column, finding.other):
            if column is not None:
                told.setdefault(column, []).append(_sentence(finding))
    return [Change(column, sentences) for column, sentences in told.items()]


def _sentence(finding: Finding) -> str:
    """What was found; without the column's name, which is the heading."""
    if finding.detail is not None:
        return finding.detail.removeprefix(f"{finding.column}: ")
    score, threshold = (
        "n/a" if each is None else f"{each:.3g}" for each in (finding.score, finding.threshold)
    )
    return f"{finding.method}: score {score}, threshold {threshold}"
