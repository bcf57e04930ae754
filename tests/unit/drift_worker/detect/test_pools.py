"""Small changes that last are found over several windows, and nothing is found where nothing changed."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from baseline.document import Baseline, build_baseline
from contract.task import Kind
from drift_worker.detect.assessment import assess, count_window
from drift_worker.detect.levels import Levels
from drift_worker.detect.pools.cells import WindowCells, cells_of, window_cells
from drift_worker.detect.pools.checks import Pool, checks_of
from drift_worker.detect.pools.lasting import Earlier, lasting_drift
from drift_worker.detect.size import Limits
from drift_worker.findings import Finding
from tests.support.soak import SCALE

KINDS: dict[str, Kind] = {
    "fee": "numerical",
    "count": "numerical",
    "plan": "categorical",
    "flag": "boolean",
    "sparse": "numerical",
}
STORES: dict[str, Kind] = {
    "store": "categorical",
    "zipf": "categorical",
    "sparse": "numerical",
    "few": "numerical",
    "flag": "boolean",
}


def table(rows: int, seed: int, shift: float = 0.0) -> pd.DataFrame:
    """Rows of every kind; the fee is larger by so many standard deviations, and the plans move a little."""
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "fee": rng.normal(shift, 1.0, rows),
            "count": rng.poisson(2.0, rows).astype(float),
            "plan": rng.choice(["a", "b", "c"], rows, p=[0.5 + shift / 2, 0.3, 0.2 - shift / 2]),
            "flag": rng.random(rows) < 0.3,
            "sparse": np.where(rng.random(rows) < 0.99, 0.0, rng.lognormal(0, 1, rows)),
        }
    )


def stores(rows: int, seed: int) -> pd.DataFrame:
    """Rows of 1,000 stores, of numbers that nearly always are 0, and of a flag that seldom is true."""
    rng = np.random.default_rng(seed)
    shares = 1 / np.arange(1, 1_001)
    codes = [rng.integers(0, 1_000, rows), rng.choice(1_000, rows, p=shares / shares.sum())]
    return pd.DataFrame(
        {
            "store": codes[0].astype(str),
            "zipf": codes[1].astype(str),
            "sparse": np.where(rng.random(rows) < 0.99, 0.0, rng.lognormal(0, 1, rows)),
            "few": rng.choice([0.0, 1.0, 2.0, 3.0, 4.0], rows, p=[0.9, 0.06, 0.03, 0.008, 0.002]),
            "flag": rng.random(rows) < 0.003,
        }
    )


@pytest.fixture(scope="module")
def baseline() -> Baseline:
    """What a bundle keeps of 5,000 rows."""
    return build_baseline(table(5_000, 1), KINDS)


def cells(baseline: Baseline, frame: pd.DataFrame) -> WindowCells:
    """What a window adds to a pool."""
    return window_cells(
        baseline, count_window(frame, baseline), baseline, Limits(Levels(len(baseline.columns))), {}
    )


def found_in(baseline: Baseline, windows: dict[int, WindowCells], min_rows: int = 50) -> list[Finding]:
    """What lasts until the last of the windows, of which those of so many rows decide."""
    *before, last = sorted(windows)
    earlier = Earlier(last, {number: windows[number] for number in before}, min_rows=min_rows)
    return lasting_drift(baseline, earlier, windows[last], Levels(len(baseline.columns)))


def test_a_small_change_is_found_once_it_has_lasted(baseline: Baseline) -> None:
    """0.15 SD in windows of 200 rows: no window shows it, eight of them do; a sentence says over how many."""
    windows = {number: cells(baseline, table(200, 100 + number, 0.15)) for number in range(1, 21)}
    limits = Limits(Levels(len(KINDS)))
    for number in (1, 20):
        window = count_window(table(200, 100 + number, 0.15), baseline)
        scores = dict.fromkeys(KINDS, 0.1)
        assert not any(each.drifted for each in assess(baseline, window, scores, limits))
    finding = {each.column: each for each in found_in(baseline, windows)}["fee"]
    assert (finding.kind, finding.method, finding.score) == ("lasting", "last 8 windows", None)
    assert finding.size == pytest.approx(0.15, abs=0.06)
    told = r"fee: moved by 0\.1\d SD over 8 windows, 1,600 rows; by chance "
    assert re.match(told, finding.detail or "")


def test_a_smaller_change_is_found_over_64_windows(baseline: Baseline) -> None:
    """0.07 SD takes longer; then categories show theirs as well."""
    windows = {number: cells(baseline, table(200, 300 + number, 0.07)) for number in range(1, 65)}
    methods = {each.column: each.method for each in found_in(baseline, windows)}
    assert methods == {"fee": "last 64 windows", "plan": "last 64 windows"}


def test_only_the_last_windows_count(baseline: Baseline) -> None:
    """What moved 64 windows ago is past, whatever the cells say that are still there."""
    moved = cells(baseline, table(400, 8, 0.25))
    quiet = {number: cells(baseline, table(10, number)) for number in (70, 71)}
    assert [each.column for each in found_in(baseline, {8: moved} | quiet)] == ["fee"]
    assert found_in(baseline, {7: moved} | quiet) == []


def test_windows_that_are_not_there_are_left_out(baseline: Baseline) -> None:
    """A pool goes by number: a gap makes it smaller, and reaches no farther back."""
    windows = {number: cells(baseline, table(400, number, 0.2)) for number in (1, 2, 3, 5, 8)}
    (finding,) = [each for each in found_in(baseline, windows) if each.column == "fee"]
    assert "over 5 windows, 2,000 rows" in (finding.detail or "")


def test_broken_columns_are_not_pooled(baseline: Baseline) -> None:
    """A fee in another currency, and one that is missing, say nothing about drift; the others go on."""
    frame = table(1_000, 7)
    dear = cells(baseline, frame.assign(fee=frame["fee"] * 1_000))
    assert [name for name in KINDS if not dear.adds(name, 50)] == ["fee"]
    missing = cells(baseline, frame.assign(plan=frame["plan"].mask(np.arange(1_000) < 400)))
    assert [name for name in KINDS if not missing.adds(name, 50)] == ["plan"]
    swapped = cells(baseline, frame.assign(fee=frame["count"], count=frame["fee"]))
    assert not any(swapped.adds(name, 50) for name in ("fee", "count"))


@pytest.mark.parametrize(
    ("column", "broken"),
    [
        ("fee", lambda fee: fee * 1_000),
        ("fee", lambda fee: fee * np.nan),
        ("fee", lambda fee: fee * 0.0),
        ("plan", lambda plan: plan.str.upper()),
    ],
)
def test_a_break_is_told_where_no_window_decides(
    baseline: Baseline, column: str, broken: Callable[["pd.Series[Any]"], "pd.Series[Any]"]
) -> None:
    """Windows of 30 rows never say more than that they are too small; eight of them show what is broken."""
    quiet = {number: table(30, 500 + number) for number in range(1, 9)}
    assert found_in(baseline, {number: cells(baseline, frame) for number, frame in quiet.items()}) == []
    windows = {
        number: cells(baseline, frame.assign(**{column: broken(frame[column])}))
        for number, frame in quiet.items()
    }
    assert [each.column for each in found_in(baseline, windows)] == [column]
    assert found_in(baseline, windows, min_rows=30) == []


def test_what_decides_by_itself_is_by_the_setting(baseline: Baseline) -> None:
    """A shift of 1 SD in windows of 150 rows lasts where 200 rows decide, and acts at once where 50 do."""
    windows = {number: cells(baseline, table(150, number).assign(fee=1.0)) for number in range(1, 9)}
    assert [each.column for each in found_in(baseline, windows, min_rows=200)] == ["fee"]
    assert found_in(baseline, windows, min_rows=50) == []


def test_missing_values_that_are_a_few_are_told_once_they_last(baseline: Baseline) -> None:
    """Three of a hundred are less than what breaks a column; over windows they are told, and how it was."""
    windows = {}
    for number in range(1, 9):
        frame = table(500, 700 + number)
        windows[number] = cells(baseline, frame.assign(fee=frame["fee"].mask(np.arange(500) % 33 == 0)))
    (finding,) = found_in(baseline, windows)
    assert (finding.column, finding.before) == ("fee", 0.0)
    told = "fee: 3 % of the values are missing over 8 windows, 4,000 rows, 0 % in the reference; by chance "
    assert (finding.detail or "").startswith(told)


def test_cells_of_the_version_before_are_read(baseline: Baseline) -> None:
    """They lack the columns that were left out, and name none."""
    made = json.loads(cells(baseline, table(200, 1)).to_json())
    del made["by_itself"], made["columns"]["fee"]
    before = WindowCells.from_json(json.dumps(made | {"format": 1}))
    assert [name for name in KINDS if not before.adds(name, 50)] == ["fee"]
    assert before.adds("plan", 50)


def test_pools_larger_than_the_reference_find_nothing_where_nothing_changed() -> None:
    """Rare values and 1,000 categories, references of 600 rows, pools of 8,000: p-values are as rare."""
    hits = dict.fromkeys(STORES, 0)
    for seed in range(SCALE.references):
        reference = build_baseline(stores(600, 2 * seed), STORES)
        window = count_window(stores(8_000, 2 * seed + 1), reference)
        pool = Pool(8, [WindowCells(8_000, cells_of(reference, window))])
        for name, column in reference.columns.items():
            hits[name] += any(each.p_value <= 0.01 for each in checks_of(column, name, pool, None))
    assert max(hits.values()) <= 2 * 0.01 * SCALE.references, hits


@given(
    st.lists(
        st.fixed_dictionaries(
            {
                "fee": st.one_of(st.none(), st.floats(allow_nan=True, allow_infinity=True)),
                "count": st.one_of(st.none(), st.integers(-3, 9).map(float)),
                "plan": st.one_of(st.none(), st.text(max_size=3)),
                "flag": st.one_of(st.none(), st.booleans()),
                "sparse": st.just(0.0),
            }
        ),
        max_size=20,
    )
)
def test_cells_come_back_from_their_text(baseline: Baseline, rows: list[dict[str, object]]) -> None:
    """Whatever a window holds, its cells are the same after they were written and read."""
    frame = pd.DataFrame(rows, columns=[*KINDS], dtype=object).astype({"fee": float, "count": float})
    made = replace(cells(baseline, frame), buckets={0: len(rows), 15: 2})
    again = WindowCells.from_json(made.to_json())
    assert (again.to_json(), again.rows, dict(again.buckets)) == (
        made.to_json(),
        made.rows,
        dict(made.buckets),
    )
    assert found_in(baseline, {1: made, 2: made}) == found_in(baseline, {1: again, 2: again})


def test_what_one_window_shows_by_itself_does_not_last(baseline: Baseline) -> None:
    """A window far off, and a column that only one window has: neither is a change that lasts."""
    quiet = {number: cells(baseline, table(1_000, number)) for number in range(2, 9)}
    assert found_in(baseline, {1: cells(baseline, table(1_000, 1, 0.39)), **quiet}) == []
    off = table(1_000, 9).assign(fee=table(1_000, 9)["fee"] * 1_000)
    assert found_in(baseline, {1: cells(baseline, table(1_000, 1, 0.1)), 2: cells(baseline, off)}) == []


def test_a_column_without_any_value_in_the_reference_adds_nothing() -> None:
    """Nor does it fail the window that has values of it."""
    empty = build_baseline(table(500, 1).assign(fee=np.nan), KINDS)
    windows = {number: cells(empty, table(200, number)) for number in (1, 2)}
    assert "fee" not in {each.column for each in found_in(empty, windows)}


@pytest.mark.parametrize(
    "text", ["", "[]", "null", "{}", '{"format": 3, "rows": 1, "columns": {}}', '{"format": 1}']
)
def test_other_text_is_refused(text: str) -> None:
    """Damaged cells, and those of another version, are no cells."""
    with pytest.raises(ValueError, match=r"cells|Expecting"):
        WindowCells.from_json(text)
