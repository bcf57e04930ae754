"""Data quality findings: what is wrong now that was not wrong in the reference."""

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from contract.task import Kind
from drift_worker.detect.thresholds import ALL_MISSING, CONSTANT, UNSEEN, ColumnFacts, judge, quality_findings

CELLS: dict[Kind, st.SearchStrategy[list[object]]] = {
    "numerical": st.lists(st.none() | st.floats(allow_infinity=False, allow_nan=False), max_size=8),
    "categorical": st.lists(st.none() | st.sampled_from(["a", "b", "c"]), max_size=8),
    "boolean": st.lists(st.none() | st.booleans(), max_size=8),
}


def found(
    reference: list[object], current: list[object], kind: Kind = "categorical"
) -> list[tuple[str, float]]:
    """The methods and scores of one column's findings."""
    before, now = (pd.DataFrame({"x": pd.Series(cells, dtype=object)}) for cells in (reference, current))
    return [(each.method, each.score or 0.0) for each in quality_findings(before, now, {"x": kind})]


def test_a_column_as_it_was_has_no_finding() -> None:
    """Missing values, constants and categories that the reference has too are nothing to report."""
    assert found(["a", None], ["a", None, None]) == []
    assert found([None], [None]) == []


def test_a_column_that_went_missing_is_found() -> None:
    """All values missing, where the reference had some."""
    assert found(["a", "b"], [None, None]) == [(ALL_MISSING, 1.0)]


def test_a_column_that_became_constant_is_found() -> None:
    """One value where the reference had several; the score is the share of rows that have it."""
    assert found([1.0, 2.0], [3.0, 3.0, None, None], "numerical") == [(CONSTANT, 0.5)]


def test_unseen_categories_are_counted_by_rows() -> None:
    """The score is the share of rows with a category that the reference never had."""
    assert found(["a", "b"], ["a", "b", "z", "y"]) == [(UNSEEN, 0.5)]


def test_one_row_is_not_called_constant() -> None:
    """A single value says nothing about constancy."""
    assert found(["a", "b"], ["a"]) == []


@given(st.data())
def test_the_same_column_again_has_no_finding(data: st.DataObject) -> None:
    """Whatever a column holds, compared with itself nothing is found."""
    kind = data.draw(st.sampled_from(sorted(CELLS)))
    cells = data.draw(CELLS[kind])
    assert found(cells, cells, kind) == []


@given(st.data())
def test_any_two_columns_give_shares(data: st.DataObject) -> None:
    """Whatever two columns hold, scores are shares between 0 and 1, and each method comes once."""
    kind = data.draw(st.sampled_from(sorted(CELLS)))
    findings = found(data.draw(CELLS[kind]), data.draw(CELLS[kind]), kind)
    assert all(0 < score <= 1 for _, score in findings)
    assert len({method for method, _ in findings}) == len(findings)


@given(st.integers(0, 50), st.integers(0, 50), st.integers(0, 50))
def test_judging_facts_never_divides_by_nothing(rows: int, present: int, distinct: int) -> None:
    """Facts of an empty column are judged as any other."""
    now = ColumnFacts(rows, min(present, rows), min(distinct, present, rows))
    assert all(each.score is not None for each in judge("x", ColumnFacts(10, 10, 5), now))
