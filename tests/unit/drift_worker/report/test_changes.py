"""What of a window has a plot, in which order, and what is said of each."""

import numpy as np
import pandas as pd
import pytest

from contract.task import Kind
from drift_worker.findings import Finding, FindingKind
from drift_worker.show.report.changes import changes
from drift_worker.show.report.relation import picture_of_relation


def drift(
    column: str, size: float | None, *, drifted: bool = True, kind: FindingKind = "feature_drift"
) -> Finding:
    """A column that moved."""
    return Finding(
        kind=kind,
        column=column,
        method="Wasserstein distance (normed)",
        score=0.1234,
        threshold=0.1,
        size=size,
        drifted=drifted,
        detail=None if size is None else f"{column}: moved by {size} SD",
    )


def broken(column: str, other: str | None = None, method: str = "missing") -> Finding:
    """A column that is broken, or two that are."""
    name = f"{column} and {other}" if other else column
    return Finding(
        kind="relation" if other else "data_quality",
        column=column,
        other=other,
        method=method,
        score=None,
        threshold=None,
        drifted=True,
        detail=f"{name}: {method}",
    )


def test_what_is_broken_comes_first_then_the_largest_change() -> None:
    """The model's output is one of the columns; what did not change has no plot."""
    findings = [
        drift("small", 0.2),
        drift("same", 0.01, drifted=False),
        drift("large", 1.5),
        drift("score", 0.5, kind="prediction_drift"),
        broken("gone"),
    ]
    assert [each.name for each in changes(findings)] == ["gone", "large", "score", "small"]


def test_a_column_has_one_plot_with_all_that_was_found() -> None:
    """What is broken is said before how far it moved; the name is the heading."""
    (change,) = changes([drift("fee", 2.0), broken("fee"), broken("fee", method="constant")])
    assert change.sentences == ["missing", "constant", "moved by 2.0 SD"]


def test_swapped_columns_have_a_plot_each() -> None:
    """Each has the sentence about both."""
    swapped = changes([broken("a", "b", "swapped")])
    assert [(each.name, each.sentences) for each in swapped] == [
        ("a", ["a and b: swapped"]),
        ("b", ["a and b: swapped"]),
    ]


def test_a_changed_relation_has_one_plot_of_both_columns() -> None:
    """Each column alone may be as it was."""
    (change,) = changes([broken("a", "b", "relation changed")])
    assert (change.name, change.columns, change.sentences) == ("a and b", ("a", "b"), ["relation changed"])


def test_a_finding_without_words_is_told_by_its_figures() -> None:
    """As of a bundle of format 1."""
    (change,) = changes([drift("fee", None)])
    assert change.sentences == ["Wasserstein distance (normed): score 0.123, threshold 0.1"]


@pytest.mark.parametrize("kind", ["numerical", "boolean"])
def test_a_relation_is_drawn_by_how_high_one_column_is_where_the_other_is(kind: Kind) -> None:
    """It rises in the reference and falls in the window, whatever the values are."""
    first = np.arange(100) if kind == "numerical" else np.arange(100) >= 60
    before = pd.DataFrame({"a": first, "b": np.arange(100.0) ** 3})
    now = pd.DataFrame({"a": first, "b": -1e6 * np.arange(100.0)})
    low, high = picture_of_relation(before, now, {"a": kind, "b": "numerical"}).bars
    assert low.before + 0.3 < high.before
    assert high.now + 0.3 < low.now
    assert low.label == "b, where a is low"


@pytest.mark.parametrize("cells", [[], [None, None], [1.0, 1.0]])
def test_a_relation_without_values_can_be_drawn(cells: list[float | None]) -> None:
    """Nothing, or what never differs, is no reason to fail."""
    now = pd.DataFrame({"a": cells, "b": cells}, dtype="float64")
    picture = picture_of_relation(now, now, {"a": "numerical", "b": "numerical"})
    assert all(0 <= share <= 1 for each in picture.bars for share in (each.before, each.now))
