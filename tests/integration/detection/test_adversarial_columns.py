"""Columns that data really send: each gives a finding, and the other columns are still evaluated."""

import json
from typing import Any

import numpy as np
import pytest

from drift_worker.decide.decision import drift_share
from tests.support.evaluations.comparison import ROWS, Compared, column_compared, of_column, quality_of

NUMBERS = np.linspace(-3, 3, ROWS)
TRUTHS = [True, False] * (ROWS // 2)
NAMES = ["a", "b", "c", "d"] * (ROWS // 4)
NOTHING = [None] * 300
COLUMNS: list[tuple[Any, Any]] = [("numerical", NUMBERS), ("boolean", TRUTHS), ("categorical", NAMES)]


def is_whole(detection: Compared) -> bool:
    """Whether the column that never drifts was evaluated, and a report made that browsers can read."""
    steady = of_column(detection, "steady")
    assert steady.score is not None
    assert not steady.drifted
    assert detection.report
    assert detection.report.html().endswith("</html>\n")
    for text in (detection.report.json(), detection.report.run_json()):
        json.loads(text, parse_constant=lambda word: pytest.fail(f"{word} is no JSON"))
    return True


@pytest.mark.parametrize(("kind", "cells"), COLUMNS)
def test_a_column_that_went_missing_counts_as_drifted(kind: Any, cells: Any) -> None:
    """It cannot be compared, which is a change: half of the two features drifted."""
    detection = column_compared(kind, cells, NOTHING)
    finding = of_column(detection)
    assert (finding.method, finding.score, finding.drifted) == ("not comparable", None, True)
    assert finding.detail == "every value is missing in the current data"
    assert quality_of(detection) == ["all values missing"]
    assert drift_share(detection.findings) == 0.5
    assert is_whole(detection)


@pytest.mark.parametrize(("kind", "cells"), COLUMNS)
def test_a_column_that_the_reference_never_had_counts_as_drifted(kind: Any, cells: Any) -> None:
    """Values where there were none are a change as well."""
    detection = column_compared(kind, [None] * ROWS, cells[:300])
    assert of_column(detection).drifted
    assert is_whole(detection)


@pytest.mark.parametrize("kind", ["numerical", "boolean", "categorical"])
def test_a_column_that_was_always_missing_has_not_drifted(kind: Any) -> None:
    """Missing in both is no change, and still a finding."""
    detection = column_compared(kind, [None] * ROWS, NOTHING)
    assert (of_column(detection).method, of_column(detection).drifted) == ("not comparable", False)
    assert quality_of(detection) == []
    assert is_whole(detection)


@pytest.mark.parametrize(("kind", "cells"), COLUMNS)
def test_a_constant_column_is_found(kind: Any, cells: Any) -> None:
    """A column that became constant drifted, and data quality says why."""
    detection = column_compared(kind, cells, [cells[0]] * 300)
    assert of_column(detection).drifted
    assert quality_of(detection) == ["constant"]
    assert is_whole(detection)


@pytest.mark.parametrize(("kind", "cells"), COLUMNS)
def test_a_column_constant_in_both_has_no_drift(kind: Any, cells: Any) -> None:
    """A constant is nothing new to who knows it."""
    detection = column_compared(kind, [cells[0]] * ROWS, [cells[0]] * 300)
    assert (of_column(detection).score, of_column(detection).drifted) == (0.0, False)
    assert is_whole(detection)


@pytest.mark.parametrize("cells", [["z"] * 300, [f"new {n}" for n in range(300)], ["", "nan", "None"] * 100])
def test_a_column_full_of_unseen_categories_is_found(cells: list[str]) -> None:
    """Jensen-Shannon's greatest distance, and a share of 1 of unseen rows."""
    detection = column_compared("categorical", NAMES, cells)
    assert of_column(detection).score == pytest.approx(np.sqrt(np.log(2)))
    assert "unseen categories" in quality_of(detection)
    assert is_whole(detection)


@pytest.mark.parametrize("cells", [[*TRUTHS[:200], *[None] * 200], [True, None] * 100])
def test_missing_values_among_truths_are_left_out(cells: list[Any]) -> None:
    """Rows without a value neither agree nor disagree."""
    known = [cell for cell in cells if cell is not None]
    with_gaps, without = (column_compared("boolean", TRUTHS, each) for each in (cells, known))
    assert of_column(with_gaps) == of_column(without)
    assert is_whole(with_gaps)


@pytest.mark.parametrize(("kind", "cells"), COLUMNS)
@pytest.mark.parametrize("rows", [1, 2])
def test_a_handful_of_rows_can_be_compared(kind: Any, cells: Any, rows: int) -> None:
    """Below the minimum nothing is decided, and yet a report can be looked at."""
    detection = column_compared(kind, cells, cells[:rows])
    assert of_column(detection).score is not None
    assert is_whole(detection)


@pytest.mark.parametrize("rows", [1, 2, 3])
@pytest.mark.parametrize(("kind", "cells"), COLUMNS)
def test_a_tiny_reference_can_be_compared_with(kind: Any, cells: Any, rows: int) -> None:
    """A reference of one row has no variance; the report says null where Evidently says NaN."""
    detection = column_compared(kind, cells[:rows], cells[:300])
    assert of_column(detection).score is not None
    assert is_whole(detection)


def test_no_rows_give_no_findings_and_no_report() -> None:
    """Nothing is said of nothing."""
    assert column_compared("numerical", NUMBERS, []) == Compared([], None)


@pytest.mark.parametrize(
    "cells",
    [[1e308] * 300, [1e308, -1e308] * 150, [*[0.5] * 299, 1e160]],
    ids=["huge", "both signs", "one outlier"],
)
def test_values_beyond_arithmetic_are_not_comparable(cells: list[float]) -> None:
    """Their variance overflows, which is said and counts as drift."""
    detection = column_compared("numerical", NUMBERS, cells)
    finding = of_column(detection)
    assert (finding.method, finding.drifted) == ("not comparable", True)
    assert finding.detail == "Evidently cannot compute its drift: it has values beyond 1e+150"
    assert is_whole(detection)


def test_a_value_that_no_histogram_can_hold_has_not_drifted_from_itself() -> None:
    """Around 1e17 a float has no room for a bin; equal values are no drift all the same."""
    detection = column_compared("numerical", [1e17] * ROWS, [1e17] * 300)
    assert (of_column(detection).method, of_column(detection).drifted) == ("not comparable", False)
    assert is_whole(detection)


def test_whole_numbers_beyond_two_to_the_53_are_compared_as_floats() -> None:
    """Large ids declared as numbers are no reason to fail."""
    large = [2**60 + 2**12 * n for n in range(ROWS)]
    assert of_column(column_compared("numerical", large, large[:500])).method.startswith("Wasserstein")


def test_infinite_values_are_left_out_as_missing() -> None:
    """An infinity that a data set holds is no number to compare."""
    plain, infinite = (
        column_compared("numerical", NUMBERS, [*NUMBERS, *extra]) for extra in ([], [np.inf, -np.inf, None])
    )
    assert of_column(infinite).score == of_column(plain).score


def test_a_category_cannot_leave_its_place_in_the_page() -> None:
    """Text that would end a script element is data in the report, and in nothing else."""
    detection = column_compared("categorical", NAMES, ["</script><script>alert(1)</script>", "\u2028"] * 150)
    assert detection.report
    assert "<script>alert" not in detection.report.html()
    assert "\\u003c/script>\\u003cscript>alert(1)" in detection.report.html()
    assert is_whole(detection)
