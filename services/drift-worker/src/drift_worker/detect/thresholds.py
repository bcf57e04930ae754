"""Findings by Evidently's thresholds alone, for bundles of format 1, which have no baseline."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import pandas as pd

from contract.task import Kind
from drift_worker.detect.evidently.errors import EvidentlyResultError
from drift_worker.detect.evidently.measure import Drift, Incomparable
from drift_worker.findings import Finding, FindingKind

ALL_MISSING = "all values missing"
CONSTANT = "constant"
UNSEEN = "unseen categories"


def finding_of(column: str, kind: FindingKind, result: Drift | Incomparable) -> Finding:
    """A column's result as a finding; raises EvidentlyResultError where a figure is missing."""
    if isinstance(result, Incomparable):
        return Finding(
            kind=kind,
            column=column,
            method="not comparable",
            score=None,
            threshold=None,
            drifted=result.changed,
            detail=result.reason,
        )
    if result.stattest_threshold is None:
        raise EvidentlyResultError(f"Evidently's result for {column!r} has no threshold")
    return Finding(
        kind=kind,
        column=column,
        method=result.stattest_name,
        score=score_of(column, result),
        threshold=float(result.stattest_threshold),
        drifted=bool(result.drift_detected),
    )


def score_of(column: str, result: Drift) -> float:
    """A column's score; raises EvidentlyResultError where it is missing."""
    if result.drift_score is None:
        raise EvidentlyResultError(f"Evidently's result for {column!r} has no score")
    return float(result.drift_score)


@dataclass(frozen=True, slots=True)
class ColumnFacts:
    """A column's counts: its rows, those with a value, the distinct values, and rows of unseen categories."""

    rows: int
    present: int
    distinct: int
    unseen: int = 0


def quality_findings(
    reference: pd.DataFrame, current: pd.DataFrame, kinds: Mapping[str, Kind]
) -> list[Finding]:
    """What is wrong with the current columns that was not wrong with the reference's.

    Frames hold a column for each of `kinds`; scores are shares of the current rows, from 0 to 1.
    """
    findings: list[Finding] = []
    for column, kind in kinds.items():
        before, now = _facts(reference[column]), _facts(current[column])
        if kind == "categorical":
            known = set(reference[column].dropna().unique())
            now = ColumnFacts(now.rows, now.present, now.distinct, _unseen(current[column], known))
        findings += judge(column, before, now)
    return findings


def judge(column: str, before: ColumnFacts, now: ColumnFacts) -> Iterable[Finding]:
    """The findings of one column from its facts in the reference and now; none for a column as it was."""
    if now.rows and not now.present and before.present:
        yield _finding(column, ALL_MISSING, 1.0, f"all {now.rows} values are missing")
    if now.distinct == 1 and before.distinct > 1 and now.present > 1:
        detail = f"all {now.present} values are the same; the reference has {before.distinct} different ones"
        yield _finding(column, CONSTANT, now.present / now.rows, detail)
    if now.unseen:
        detail = f"{now.unseen} of {now.rows} rows have a category that the reference never had"
        yield _finding(column, UNSEEN, now.unseen / now.rows, detail)


def _facts(column: pd.Series) -> ColumnFacts:
    return ColumnFacts(rows=len(column), present=int(column.count()), distinct=int(column.nunique()))


def _unseen(column: pd.Series, known: set[object]) -> int:
    return int(sum(count for value, count in column.value_counts().items() if value not in known))


def _finding(column: str, method: str, score: float, detail: str) -> Finding:
    return Finding(
        kind="data_quality",
        column=column,
        method=method,
        score=score,
        threshold=None,
        drifted=True,
        detail=detail,
    )
