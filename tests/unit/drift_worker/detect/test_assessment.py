"""All findings of a window: what is flagged, what is said, and that every figure is one."""

from math import isfinite
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from baseline.counts import count_column
from baseline.document import build_baseline
from contract.task import Kind
from drift_worker.detect.assessment import assess, count_window
from drift_worker.detect.levels import Levels
from drift_worker.detect.sentences import of_shift
from drift_worker.detect.size import Limits, evidently_score
from drift_worker.findings import Finding, broken, drifted_features

KINDS: dict[str, Kind] = {"fee": "numerical", "count": "numerical", "plan": "categorical", "flag": "boolean"}
ROWS = st.fixed_dictionaries(
    {
        "fee": st.floats() | st.none(),
        "count": st.sampled_from([0.0, 1.0, 2.0, -1e300]) | st.none(),
        "plan": st.sampled_from(["a", "b", "new"]) | st.none(),
        "flag": st.booleans() | st.none(),
    }
)


def assessed(
    reference: pd.DataFrame, window: pd.DataFrame, sizes: dict[str, float] | None = None
) -> list[Finding]:
    """The findings of a window, with scores by the function of our own."""
    baseline = build_baseline(reference, KINDS, outputs=("flag",))
    scores = {
        name: evidently_score(
            column.method,
            count_column(reference[name], column.kind),
            count_column(window[name], column.kind),
        )
        for name, column in baseline.columns.items()
    }
    limits = Limits(Levels(len(KINDS)), sizes or {})
    return assess(baseline, count_window(window, baseline), scores, limits)


def table(rows: int, seed: int, shift: float = 0.0) -> pd.DataFrame:
    """Rows of which the fee is shifted."""
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "fee": rng.normal(20 + shift, 1, rows),
            "count": rng.poisson(1, rows).clip(0, 4).astype(float),
            "plan": rng.choice(["a", "b"], rows),
            "flag": pd.Series(rng.random(rows) < 0.3, dtype=object),
        }
    )


def shift_of(found: list[Finding], column: str) -> Finding:
    """How a column moved."""
    return next(each for each in shifts(found) if each.column == column)


def shifts(found: list[Finding]) -> list[Finding]:
    """How each column moved."""
    return [each for each in found if each.kind in ("feature_drift", "prediction_drift")]


def test_a_shift_is_told_in_words() -> None:
    """The sentence says how far the column moved and how rare that is by chance."""
    found = assessed(table(5_000, 1), table(1_000, 2, 0.41))
    fee = shift_of(found, "fee")
    assert fee.size is not None
    assert fee.detail == f"fee: moved by {fee.size:.2f} SD; by chance less than once in a million windows"
    assert (fee.drifted, fee.beyond_chance, fee.strong, fee.kind) == (True, True, True, "feature_drift")
    assert drifted_features(found) == ["fee"]
    assert fee.threshold == pytest.approx(0.10)


def test_a_window_without_drift_has_a_shift_for_each_column_and_no_more() -> None:
    """Every column is told, none is flagged; the output is no feature."""
    found = assessed(table(5_000, 1), table(1_000, 3))
    assert [shift.column for shift in shifts(found)] == [*KINDS]
    assert shift_of(found, "flag").kind == "prediction_drift"
    assert not any(shift.drifted for shift in shifts(found))
    assert broken(found) == []


def test_a_column_may_have_a_size_of_its_own() -> None:
    """A larger size makes the same shift no drift, and strong is no less than that."""
    reference, window = table(5_000, 1), table(1_000, 2, 0.41)
    fee = shift_of(assessed(reference, window, {"fee": 0.6}), "fee")
    assert (fee.drifted, fee.strong) == (False, False)
    assert fee.threshold == pytest.approx(0.6)
    assert shift_of(assessed(reference, window, {"fee": 0.3}), "fee").strong


def test_a_large_shift_of_few_rows_is_chance() -> None:
    """Five rows are too few to say anything."""
    assert drifted_features(assessed(table(5_000, 1), table(5, 4, 1.0))) == []


@pytest.mark.parametrize("deviation", [2.0, 3.0])
def test_another_unit_is_seen_where_a_heavy_tail_makes_the_deviation(deviation: float) -> None:
    """All values a thousandth of what they were are hardly a size, for a few huge ones are the deviation."""
    amounts = [np.exp(np.random.default_rng(seed).normal(3, deviation, 5_000)) for seed in (1, 2)]
    reference, window = table(5_000, 1).assign(fee=amounts[0]), table(1_000, 2)
    same = shift_of(assessed(reference, window.assign(fee=amounts[1][:1_000])), "fee")
    assert (same.drifted, same.strong) == (False, False)
    fee = shift_of(assessed(reference, window.assign(fee=amounts[1][:1_000] / 1_000)), "fee")
    assert (fee.drifted, fee.beyond_chance, fee.strong) == (True, True, True)
    assert (fee.size or 0.0) < 0.3
    assert " SD by ranks, " in (fee.detail or "")


def test_breaks_are_told_with_shares_and_where_to_look() -> None:
    """A sentence names the column, the share now and before, and what to look at; the largest comes first."""
    window = table(400, 5)
    window["plan"] = window["plan"].mask(np.arange(400) < 200, "other")
    window["count"] = np.nan
    breaks = [each.detail or "" for each in broken(assessed(table(5_000, 1), window))]
    assert breaks[0].startswith("count: 100 % of the values are missing, 0 % in the reference; look at")
    assert breaks[1].startswith("plan: 50 % of the values were never seen in the reference, such as other")


def test_swapped_columns_are_named_together() -> None:
    """Each has the values of the other, although neither is beyond anything that the reference has seen."""
    rng = np.random.default_rng(7)
    reference = table(5_000, 1).assign(fee=rng.poisson(0.3, 5_000) * 1.0)
    reference["count"] = rng.poisson(0.16, 5_000) * 1.0
    window = table(1_000, 2).assign(fee=rng.poisson(0.16, 1_000) * 1.0)
    window["count"] = rng.poisson(0.3, 1_000) * 1.0
    found = [each for each in broken(assessed(reference, window)) if each.method == "swapped"]
    assert [(each.column, each.other) for each in found] == [("fee", "count")]
    assert found[0].detail == "fee and count: each has the values of the other; look for swapped columns"


def test_two_columns_that_drift_alike_are_not_swapped() -> None:
    """Both moved, but not to where the other was."""
    reference, window = table(5_000, 1), table(1_000, 2, 0.5)
    window["count"] += np.arange(1_000) % 2
    found = broken(assessed(reference, window))
    assert [each.method for each in found if each.kind == "relation"] == []


@given(st.lists(ROWS, max_size=12), st.lists(ROWS, max_size=12))
def test_any_rows_have_findings_without_a_figure_that_is_none(
    before: list[dict[str, Any]], now: list[dict[str, Any]]
) -> None:
    """Empty, null, constant, infinite and huge columns give finite figures, or none and a sentence."""
    frames = [pd.DataFrame(rows, columns=[*KINDS], dtype=object) for rows in (before, now)]
    reference, window = (frame.astype({"fee": float, "count": float}) for frame in frames)
    found = assessed(reference, window)
    assert [shift.column for shift in shifts(found)] == [*KINDS]
    for shift in shifts(found):
        figures = [value for value in shift.model_dump().values() if isinstance(value, float)]
        assert all(map(isfinite, figures))
        assert shift.p_value is None or 0 <= shift.p_value <= 1
        assert "nan" not in (shift.detail or "")
    assert all(0 <= (each.p_value or 0.0) <= 1 for each in broken(found))


def test_a_size_beyond_all_measure_is_said_in_powers_of_ten() -> None:
    """A sentence has no 150 digits."""
    assert of_shift("fee", 0.4, 0.4, 1e-9).startswith("fee: moved by 0.40 SD; ")
    assert of_shift("fee", 1e150, 1e150, 1e-9).startswith("fee: moved by 1.0e+150 SD; ")
