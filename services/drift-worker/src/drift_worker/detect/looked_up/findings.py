"""Findings about look-ups: features whose values went stale, and why values are missing."""

from collections.abc import Sequence

from contract.schema import Schema
from drift_worker.detect.levels import BREAK_SHARE
from drift_worker.detect.looked_up.counts import LookUps
from drift_worker.findings import Finding


def with_look_ups(findings: Sequence[Finding], counted: LookUps, schema: Schema) -> list[Finding]:
    """The findings; those of missing values say how many the feature server did not have. Stale ones follow.

    A feature is stale from a share of BREAK_SHARE of the rows on. Its values are older than the settings
    allow, which is no matter of chance.
    """
    return [*(_with_cause(each, counted) for each in findings), *_stale(counted, schema)]


def _with_cause(finding: Finding, counted: LookUps) -> Finding:
    absent = counted.absent[finding.column]
    if finding.kind != "data_quality" or "missing" not in finding.method or not absent:
        return finding
    told = f"the feature server had none for {absent:,} of {counted.rows:,} rows"
    return finding.model_copy(update={"detail": f"{finding.detail}; {told}" if finding.detail else told})


def _stale(counted: LookUps, schema: Schema) -> list[Finding]:
    shares = {each.name: counted.stale[each.name] / max(counted.rows, 1) for each in schema.watched}
    found = [(name, share) for name, share in shares.items() if share >= BREAK_SHARE]
    return [_finding(name, share, counted) for name, share in sorted(found, key=lambda each: -each[1])]


def _finding(column: str, share: float, counted: LookUps) -> Finding:
    return Finding(
        kind="data_quality",
        column=column,
        method="stale",
        score=share,
        threshold=BREAK_SHARE,
        drifted=True,
        beyond_chance=True,
        now=share,
        detail=(
            f"{column}: {share:.0%} of the values were looked up and older than FEATURES_MAX_AGE allows "
            f"({counted.stale[column]:,} of {counted.rows:,} rows); look at what fills the feature store"
        ).replace("%", " %"),
    )
