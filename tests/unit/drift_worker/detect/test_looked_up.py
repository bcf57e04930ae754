"""Findings name features whose values went stale, and say how many missing ones the feature server lacked."""

from collections.abc import Sequence

import pandas as pd
import pytest

from contract.schema import Schema
from contract.stream.looked_up import LookedUp
from drift_worker.decide.decision import Policy, decide
from drift_worker.detect.looked_up.counts import count_look_ups
from drift_worker.detect.looked_up.findings import with_look_ups
from drift_worker.findings import Finding

SCHEMA = Schema.model_validate(
    {
        "entity": "user_id",
        "features": [
            {"name": "fee", "kind": "numerical"},
            {"name": "tv", "kind": "boolean", "nullable": True},
            {"name": "code", "kind": "numerical", "drift": {"ignore": True}},
        ],
    }
)
FRESH = LookedUp({"fee": 60, "tv": 60})
MISSING = Finding(
    kind="data_quality",
    column="tv",
    method="missing",
    score=0.4,
    threshold=None,
    drifted=True,
    beyond_chance=True,
    detail="tv: 40 % of the values are missing, 2 % in the reference; look at the source",
)


def window(looked_up: Sequence[LookedUp | None], tv: Sequence[bool | None] | None = None) -> pd.DataFrame:
    """A window with these look-ups."""
    rows = len(looked_up)
    return pd.DataFrame(
        {
            "fee": [1.0] * rows,
            "tv": pd.array(list(tv or [True] * rows), dtype="boolean"),
            "code": [1.0] * rows,
            "looked_up": [each.to_json().decode() if each else None for each in looked_up],
        }
    )


def findings_of(frame: pd.DataFrame, *found: Finding) -> list[Finding]:
    """The findings of a window in which these were found before."""
    return with_look_ups(found, count_look_ups(frame, SCHEMA), SCHEMA)


@pytest.mark.parametrize(("stale", "is_told"), [(0, False), (4, False), (5, True), (100, True)])
def test_a_feature_is_stale_from_a_twentieth_of_the_rows_on(stale: int, is_told: bool) -> None:
    """Whatever share of the rows was looked up; it is a break, which somebody should look at."""
    old = LookedUp({"fee": 10**7, "code": 10**7}, ("fee", "code"))
    found = findings_of(window([old] * stale + ([FRESH] * 20 + [None] * 80)[stale:]))
    if not is_told:
        assert found == []
        return
    (finding,) = found
    assert (finding.column, finding.method) == ("fee", "stale")
    verdict = decide(found, rows=100, policy=Policy(50, 0.3))
    assert verdict.decision == "INVESTIGATE"
    assert verdict.causes == ["fee: stale"]
    assert verdict.reasons[0].startswith("fee: ")


def test_missing_values_say_what_the_feature_server_lacked() -> None:
    """A true null is none of them, nor is what the requests brought."""
    absent, null = LookedUp({"fee": 60, "tv": None}), LookedUp({"fee": 60, "tv": 60})
    frame = window([absent, absent, null, None, FRESH], [None, None, None, None, True])
    (finding,) = findings_of(frame, MISSING)
    assert finding.detail == f"{MISSING.detail}; the feature server had none for 2 of 5 rows"


def test_a_value_without_a_time_is_not_missing() -> None:
    """As those of on-demand views are."""
    assert findings_of(window([LookedUp({"tv": None})] * 5), MISSING) == [MISSING]


def test_a_window_without_look_ups_is_as_it_was() -> None:
    """Also one that was saved before there were any."""
    frame = window([None] * 10)
    assert findings_of(frame, MISSING) == [MISSING]
    assert findings_of(frame.drop(columns="looked_up"), MISSING) == [MISSING]
