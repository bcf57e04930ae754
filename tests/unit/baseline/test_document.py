"""The baseline of a reference: what it keeps, and that it survives being written."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from baseline.columns import CategoryBaseline, NumberBaseline
from baseline.document import Baseline, build_baseline
from contract.schema import Method
from contract.task import Kind

KINDS: dict[str, Kind] = {"number": "numerical", "few": "numerical", "name": "categorical", "flag": "boolean"}


def table(rows: int = 2_000) -> pd.DataFrame:
    """A reference with a column of each kind; a tenth of the flags are missing."""
    rng = np.random.default_rng(10)
    flag = pd.Series(rng.random(rows) < 0.5, dtype=object)
    return pd.DataFrame(
        {
            "number": rng.normal(3, 2, rows),
            "few": rng.integers(0, 4, rows).astype(float),
            "name": rng.choice(["a", "b", "c"], rows),
            "flag": flag.mask(np.arange(rows) % 10 == 0, None),
        }
    )


def number(values: list[float]) -> NumberBaseline:
    """The baseline of a numerical column."""
    baseline = build_baseline(pd.DataFrame({"x": values}), {"x": "numerical"}).columns["x"]
    assert isinstance(baseline, NumberBaseline)
    return baseline


def test_a_baseline_is_the_same_after_it_was_written() -> None:
    """JSON gives back the baseline to the last bit."""
    baseline = build_baseline(table(), KINDS, outputs=("number",))
    assert Baseline.model_validate_json(baseline.model_dump_json()) == baseline


def test_a_column_is_kept_with_its_counts() -> None:
    """Few values are kept each, many in bins of about equal rows; nulls are counted."""
    baseline = build_baseline(table(), KINDS)
    numbers, few, flag = (baseline.columns[name] for name in ("number", "few", "flag"))
    assert isinstance(numbers, NumberBaseline)
    assert (numbers.binned, len(numbers.values), sum(numbers.counts)) == (True, 256, 2_000)
    assert {*numbers.counts} == {7, 8}
    assert (numbers.distinct, numbers.seen_once, numbers.mode_rows) == (2_000, 2_000, 1)
    assert numbers.sd == pytest.approx(float(np.std(table()["number"])))
    assert isinstance(few, NumberBaseline)
    assert (few.binned, few.values, few.method) == (False, (0.0, 1.0, 2.0, 3.0), "jensenshannon")
    assert isinstance(flag, CategoryBaseline)
    assert (flag.missing, flag.present, [*flag.counts]) == (200, 1_800, ["false", "true"])


@pytest.mark.parametrize("rows", [60, 1_000, 1_001])
def test_the_method_depends_on_kind_and_values_alone(rows: int) -> None:
    """A small reference has the methods of a large one."""
    columns = build_baseline(table(rows), KINDS).columns
    assert [column.method for column in columns.values()] == ["wasserstein", *["jensenshannon"] * 3]


def test_a_column_may_have_the_other_method() -> None:
    """A number may be compared by either method; a category has but one."""
    given: dict[str, Method] = {"number": "jensenshannon", "few": "wasserstein"}
    columns = build_baseline(table(), KINDS, methods=given).columns
    assert [columns[name].method for name in ("number", "few")] == ["jensenshannon", "wasserstein"]
    with pytest.raises(ValueError, match="has no wasserstein"):
        build_baseline(table(), KINDS, methods={"name": "wasserstein"})


def test_the_output_is_no_feature_and_has_no_relations() -> None:
    """The model's output is a column of its own."""
    baseline = build_baseline(table(), KINDS, outputs=("number",))
    assert baseline.features == ("few", "name", "flag")
    assert baseline.relations.columns == ("few", "flag")


def test_mostly_one_value_has_no_relations() -> None:
    """A column with one value in more than 95 % of its rows is left out of the relations."""
    frame = table().assign(few=np.where(np.arange(2_000) < 1_950, 0.0, 1.0))
    assert build_baseline(frame, KINDS).relations.columns == ("number", "flag")


def test_a_heavy_value_does_not_hide_the_others() -> None:
    """Of a column of many values of which one is frequent, both sides of it are kept."""
    numbers = np.concatenate([np.zeros(9_000), np.random.default_rng(1).normal(size=1_000)])
    baseline = number(numbers.tolist())
    assert (baseline.mode_rows, baseline.binned) == (9_000, True)
    assert baseline.values[0] < 0 < baseline.values[-1]
    assert sum(baseline.counts) == 10_000


def test_values_of_another_kind_are_refused() -> None:
    """A text is no number and no truth."""
    with pytest.raises(ValueError, match="'x' is numerical"):
        build_baseline(pd.DataFrame({"x": [1.0, None, [2]]}), {"x": "numerical"})
    with pytest.raises(ValueError, match="'x' is boolean"):
        build_baseline(pd.DataFrame({"x": ["yes", "no"]}), {"x": "boolean"})


@given(st.lists(st.floats() | st.none(), max_size=20))
def test_any_numbers_have_a_baseline_that_can_be_written(values: list[float | None]) -> None:
    """Null, infinite, huge, tiny and equal numbers leave no figure that is not one."""
    frame = pd.DataFrame({"x": pd.Series(values, dtype=float), "y": np.arange(len(values), dtype=float)})
    baseline = build_baseline(frame, {"x": "numerical", "y": "numerical"})
    assert Baseline.model_validate_json(baseline.model_dump_json()) == baseline


def test_large_numbers_that_differ_little_have_a_deviation() -> None:
    """Ids and times of 1e9 that vary by 1 are no constant."""
    assert number((1e9 + np.arange(100) % 3).tolist()).sd == pytest.approx(0.8185, abs=1e-3)


def test_numbers_that_differ_by_rounding_have_none() -> None:
    """Sums in another order are the same number."""
    assert number([0.1 + 0.2, 0.3] * 50).sd == 0.0
