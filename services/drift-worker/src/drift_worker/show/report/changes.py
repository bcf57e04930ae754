"""What of a window has a plot, in which order, and what is said of each."""

from collections.abc import Sequence
from dataclasses import dataclass

from drift_worker.findings import Finding

RELATION = "relation changed"


@dataclass(frozen=True, slots=True)
class Change:
    """A column that drifted or is broken, or two whose relation changed; and each thing found, in words."""

    name: str
    columns: tuple[str, ...]
    sentences: Sequence[str]


def changes(findings: Sequence[Finding]) -> list[Change]:
    """Give what changed: what is broken as it was found, then what drifted, the largest change first,
    and what moved a little over several windows.

    That is the order of a decision's reasons. Of swapped columns both are there, each for itself.
    """
    changed = [each for each in findings if each.drifted]
    broken = [each for each in changed if each.kind in ("data_quality", "relation")]
    lasting = [each for each in changed if each.kind == "lasting"]
    moved = [each for each in changed if each.kind.endswith("_drift")]
    told: dict[tuple[str, ...], list[str]] = {}
    for finding in [*broken, *sorted(moved, key=lambda each: -(each.size or 0.0)), *lasting]:
        for columns in _shown(finding):
            told.setdefault(columns, []).append(_sentence(finding, _name(columns)))
    return [Change(_name(columns), columns, sentences) for columns, sentences in told.items()]


def _shown(finding: Finding) -> list[tuple[str, ...]]:
    columns = [name for name in (finding.column, finding.other) if name is not None]
    return [(*columns,)] if finding.method == RELATION else [(name,) for name in columns]


def _name(columns: tuple[str, ...]) -> str:
    return " and ".join(columns)


def _sentence(finding: Finding, name: str) -> str:
    """What was found, without the name that is told already."""
    if finding.detail is not None:
        return finding.detail.removeprefix(f"{name}: ")
    score, threshold = (
        "n/a" if each is None else f"{each:.3g}" for each in (finding.score, finding.threshold)
    )
    return f"{finding.method}: score {score}, threshold {threshold}"
