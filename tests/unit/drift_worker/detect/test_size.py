"""The size of a change: Evidently's score without Evidently, and in standard deviations."""

import numpy as np
import pandas as pd
import pytest
from evidently.legacy.calculations.stattests import jensenshannon_stat_test, wasserstein_stat_test
from evidently.legacy.core import ColumnType

from baseline.columns import NumberBaseline, column_baseline
from baseline.counts import count_column, count_numbers
from baseline.document import build_baseline
from dataset import read_dataset, read_schema_yaml
from drift_worker.detect.size import evidently_score, score_of_one, size_of
from tests.support.paths import ROOT

DATA = ROOT / "data" / "streamflow"
METHODS = {"wasserstein": wasserstein_stat_test, "jensenshannon": jensenshannon_stat_test}


def test_the_score_is_evidentlys_on_two_hundred_windows() -> None:
    """Every column of windows of 1 to 1,000 rows of two months has Evidently's own score by the method."""
    schema = read_schema_yaml(DATA / "schema.yaml")
    kinds = {feature.name: feature.kind for feature in schema.features}
    reference, *months = (
        read_dataset(DATA / name, schema).frame for name in ("month_000", "month_001", "month_002")
    )
    baseline = build_baseline(reference, kinds)
    rng = np.random.default_rng(1)
    for place in range(200):
        window = months[place % 2].sample(int(rng.integers(1, 1_001)), replace=True, random_state=place)
        for name, kind in kinds.items():
            before, now = reference[name].dropna(), window[name].dropna()
            if now.empty:
                continue
            method = baseline.columns[name].method
            theirs, _ = METHODS[method].func(
                before, now, ColumnType.Numerical if kind == "numerical" else ColumnType.Categorical, 0.1
            )
            ours = evidently_score(method, count_column(before, kind), count_column(window[name], kind))
            assert ours == pytest.approx(theirs, abs=1e-9), (name, place)


def test_a_column_may_have_the_other_method() -> None:
    """Numbers of many values have Evidently's Jensen-Shannon distance too, and few values its Wasserstein."""
    rng = np.random.default_rng(11)
    before, now = pd.Series(rng.normal(size=900)), pd.Series(rng.normal(0.5, 1, 300))
    theirs, _ = jensenshannon_stat_test.func(before, now, ColumnType.Numerical, 0.1)
    sides = count_column(before, "numerical"), count_column(now, "numerical")
    assert evidently_score("jensenshannon", *sides) == pytest.approx(theirs, abs=1e-9)
    before, now = (before > 0).astype(float), (now > 0).astype(float)
    theirs, _ = wasserstein_stat_test.func(before, now, ColumnType.Numerical, 0.1)
    sides = count_column(before, "numerical"), count_column(now, "numerical")
    assert evidently_score("wasserstein", *sides) == pytest.approx(theirs, abs=1e-9)


def test_a_shift_of_a_standard_deviation_has_size_one() -> None:
    """A Wasserstein score in standard deviations is the shift, also where Evidently's norm is larger."""
    numbers = np.random.default_rng(2).normal(size=2_000) * 1e-5
    before, now = count_numbers(numbers), count_numbers(numbers + 1e-5)
    baseline = column_baseline(before, "numerical")
    score = evidently_score("wasserstein", before, now)
    assert score is not None
    assert size_of(score, baseline) == pytest.approx(1, rel=0.05)
    assert score == pytest.approx(score_of_one(baseline), rel=0.05)


def test_a_small_shift_of_few_values_has_about_its_size() -> None:
    """A Jensen-Shannon distance in standard deviations is about the shift of the mean."""
    before = count_numbers(np.repeat([0.0, 1.0], [5_000, 5_000]))
    now = count_numbers(np.repeat([0.0, 1.0], [4_000, 6_000]))
    baseline = column_baseline(before, "numerical")
    score = evidently_score(baseline.method, before, now)
    assert score is not None
    assert size_of(score, baseline) == pytest.approx(0.2, rel=0.02)


def test_numbers_that_differ_by_rounding_have_no_size() -> None:
    """A column that is constant but for its last digits has no standard deviation to measure with."""
    before = count_numbers(29.1410446 + np.arange(8.0) * 4e-15)
    baseline = column_baseline(before, "numerical")
    assert isinstance(baseline, NumberBaseline)
    assert (baseline.method, baseline.sd) == ("wasserstein", 0.0)
    assert size_of(0.5, baseline) is None


def test_huge_numbers_have_a_finite_score() -> None:
    """Numbers whose squares overflow count as 1e150."""
    before = count_column(pd.Series(np.linspace(-1, 1, 50) * 1e308), "numerical")
    now = count_column(pd.Series([1e308] * 5), "numerical")
    score = evidently_score("wasserstein", before, now)
    assert score is not None
    assert np.isfinite(score)


def test_a_side_without_values_has_no_score() -> None:
    """Nothing is compared with nothing."""
    some, none = count_numbers(np.arange(5.0)), count_numbers(np.array([np.nan]))
    assert evidently_score("wasserstein", some, none) is None
    assert evidently_score("wasserstein", none, some) is None


def test_a_number_is_not_compared_with_a_category() -> None:
    """Sides of different kinds are the caller's mistake."""
    with pytest.raises(TypeError, match="cannot be compared"):
        evidently_score(
            "wasserstein", count_numbers(np.arange(5.0)), count_column(pd.Series(["a"]), "categorical")
        )
