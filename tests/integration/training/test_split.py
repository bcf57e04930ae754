"""`training split` makes months of one file."""

from pathlib import Path

import pandas as pd
import pytest

from drift_worker.settings import Settings
from tests.support.data.tables import write_csv, write_parquet
from tests.support.data.training import Training
from training.data.split import JUDGED_ROWS

DAYS = {
    "2024-01-31": ["2024-01-05 10:00", "2024-01-31T23:59:59Z", "2024-02-01", "2024-03-09", "2024-02-28"],
    "01/31/2024": ["01/05/2024", "01/31/2024", "02/01/2024", "03/09/2024", "02/28/2024"],
    "31.01.2024": ["05.01.2024", "31.01.2024", "01.02.2024", "09.03.2024", "28.02.2024"],
    "two forms": ["2024-01-05", "31.01.2024", "2024-02-01", "09.03.2024", "2024/02/28"],
    "German": ["5. Januar 2024", "31. Jan. 2024", "1. Februar 2024", "9. März 2024", "28. Feb 2024"],
    "asctime": [f"Mon {day} 10:00:00 2024" for day in ("Jan  5", "Jan 31", "Feb  1", "Mar  9", "Feb 28")],
    "with a clock": [
        *("05/Jan/2024:10:00:00 +0000", "2024-01-31-10.15.00", "1 feb. 2024 10.15", "20240309_101500"),
        "Wed, 28.02.2024",
    ],
    "20240131": ["20240105", "20240131", "20240201", "20240309", "20240228"],
    "Jan-24": ["Jan-24", "Jan-24", "Feb-24", "März-24", "Feb '24"],
    "202401": ["202401", "202401", "202402", "202403", "202402"],
    "seconds": ["1704450000", "1706740000", "1706745601", "1709950000", "1709130000"],
    "milliseconds": ["1704450000000", "1706740000000.5", "1706745601000", "1709950000000", "1709130000000"],
}


@pytest.mark.parametrize("form", DAYS)
def test_a_month_for_each_calendar_month(training: Training, tmp_path: Path, form: str) -> None:
    """In the order of time, whatever form the dates have; the cells stay as they are."""
    cells = {"day": DAYS[form], "zip": ["00501", " 7", "x,y", "", "1.0"]}
    path = write_csv(tmp_path / "rows.csv", cells)

    answer = training("split", path, "--by", "day", "--out", tmp_path / "months")

    assert answer.code == 0, answer.err
    assert [line.rpartition(", ")[2] for line in answer.out.splitlines()[:3]] == [
        *("2024-01", "2024-02", "2024-03")
    ]
    months = [pd.read_csv(tmp_path / "months" / f"month_{each:03}.csv", dtype=str) for each in range(3)]
    assert [month["zip"].tolist() for month in months[:1]] == [["00501", " 7"]]
    assert months[1]["zip"].tolist() == ["x,y", "1.0"]
    assert months[2]["zip"].isna().all()


def test_quarters_are_split_by_their_first_months(training: Training, tmp_path: Path) -> None:
    """Whatever their form."""
    path = write_csv(tmp_path / "rows.csv", {"when": ["Q2 2024", "2024Q1", "q1-2024"], "x": [1, 2, 3]})

    answer = training("split", path, "--by", "when", "--out", tmp_path / "months")

    assert answer.code == 0, answer.err
    assert [line.rpartition(", ")[2] for line in answer.out.splitlines()[:2]] == ["2024-01", "2024-04"]


def test_months_too_short_to_be_judged_are_counted(training: Training, tmp_path: Path) -> None:
    """In one line, by the worker's own bound."""
    days = ["2024-01-05"] * JUDGED_ROWS + ["2024-02-05"] * (JUDGED_ROWS - 1) + ["2024-03-05"]
    path = write_csv(tmp_path / "rows.csv", {"day": days, "x": [*range(len(days))]})

    answer = training("split", path, "--by", "day", "--out", tmp_path / "months")

    assert Settings().window_min_rows == JUDGED_ROWS
    assert answer.out.splitlines()[3] == (
        "2 of 3 months have fewer than 50 rows (WINDOW_MIN_ROWS), too few to be judged alone; a window that "
        "is full has rows of several"
    )


def test_times_of_parquet_are_split_as_well(training: Training, tmp_path: Path) -> None:
    """And stay Parquet."""
    days = pd.to_datetime(["2024-01-05", "2024-02-05", "2024-02-06"])
    path = write_parquet(tmp_path / "rows.parquet", {"day": list(days.to_pydatetime()), "x": [1, 2, 3]})

    assert training("split", path, "--by", "day", "--out", tmp_path / "months").code == 0
    assert pd.read_parquet(tmp_path / "months" / "month_001.parquet")["x"].tolist() == [2, 3]


def test_a_share_of_the_rows_comes_first_or_from_all_over(training: Training, tmp_path: Path) -> None:
    """Each row is in one of the two, and the same ones each time."""
    path = write_csv(tmp_path / "rows.csv", {"x": list(range(100))})
    for name in ("first", "again", "over"):
        shuffle = [] if name != "over" else ["--shuffle"]
        assert training("split", path, "--fraction", "0.3", *shuffle, "--out", tmp_path / name).code == 0

    def rows(name: str, month: int) -> list[int]:
        return [int(x) for x in pd.read_csv(tmp_path / name / f"month_00{month}.csv")["x"]]

    assert rows("first", 0) == rows("again", 0) == list(range(30))
    assert rows("first", 1) == list(range(30, 100))
    assert len(rows("over", 0)) == 30
    assert rows("over", 0) != list(range(30))
    assert sorted(rows("over", 0) + rows("over", 1)) == list(range(100))


@pytest.mark.parametrize("by", [["--fraction", "0.5"], ["--by", "day"]])
def test_shuffled_rows_are_in_random_order_in_each_month(
    training: Training, tmp_path: Path, by: list[str]
) -> None:
    """A file that was sorted gives windows that are alike, the same ones each time, and it is said."""
    days = ["2024-01-31"] * 1_000 + ["2024-02-01"] * 1_000
    path = write_csv(tmp_path / "rows.csv", {"x": list(range(2_000)), "day": days})
    for name in ("once", "again"):
        answer = training("split", path, *by, "--shuffle", "--out", tmp_path / name)
        assert [line.endswith(", in random order") for line in answer.out.splitlines()[:2]] == [True, True]

    months = [pd.read_csv(tmp_path / "once" / f"month_00{each}.csv")["x"] for each in range(2)]
    for month in months:
        assert abs(month[:500].mean() - month[500:].mean()) < 150
    assert sorted([*months[0], *months[1]]) == list(range(2_000))
    for name in ("month_000.csv", "month_001.csv"):
        assert (tmp_path / "once" / name).read_bytes() == (tmp_path / "again" / name).read_bytes()


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (
            ["--by", "date"],
            "--by date: {path} has no such column; it has day, x, at, both, us, short, name, week",
        ),
        (["--by", "x"], "--by x: '1' and the rest are no dates; expected dates such as 2024-01-31"),
        (
            ["--by", "both"],
            "--by both: its dates have no one order, or the year first in two digits",
        ),
        (["--by", "short"], "--by short: its dates have no one order, or the year first in two digits"),
        (["--by", "us", "--day-first"], "--by us: --day-first would give some of its dates a month above 12"),
        (["--by", "day"], "'01/02/2024' can be read in two ways; say --day-first or --no-day-first"),
        (["--by", "day", "--day-first"], "all rows are of 2024-02; --fraction splits them by their order"),
        (["--fraction", "1.5"], "--fraction 1.5: expected a share above 0 and below 1"),
        (["--fraction", "nan"], "--fraction nan: expected a share above 0 and below 1"),
        (["--by", "name"], "--by name: 'Jan-2' may be a day or the month of a year; expected dates"),
        (["--by", "week"], "row 1: '2024-W05' is no date that says its month and year; expected dates"),
        (["--by", "at"], "--by at: holds times of day; expected dates"),
        ([], "expected either --by COLUMN or --fraction SHARE"),
        (["--fraction", "0.5", "--by", "x"], "expected either --by COLUMN or --fraction SHARE"),
    ],
)
def test_what_cannot_be_split_is_said(
    training: Training, tmp_path: Path, arguments: list[str], expected: str
) -> None:
    """In one message, and nothing is written."""
    path = write_csv(
        tmp_path / "rows.csv",
        {
            "day": ["01/02/2024", "02/02/2024"],
            "x": [1, 2],
            "at": ["10:00", "11:00"],
            "both": ["31/01/2024", "01/31/2024"],
            "us": ["01/30/2024", "01/31/2024"],
            "short": ["24-01-01", "24-01-04"],
            "name": ["Jan-2", "Jan-24"],
            "week": ["2024-W05", "2024-W31"],
        },
    )

    answer = training("split", path, *arguments, "--out", tmp_path / "months")

    assert answer.code == 2
    assert expected.format(path=path) in answer.err
    assert not [*tmp_path.glob("months/*")]


def test_months_are_not_overwritten(training: Training, tmp_path: Path) -> None:
    """Another folder is asked for."""
    path = write_csv(tmp_path / "rows.csv", {"x": [1, 2]})
    assert training("split", path, "--fraction", "0.5", "--out", tmp_path / "months").code == 0
    again = training("split", path, "--fraction", "0.5", "--out", tmp_path / "months")
    assert "month_000.csv: is there already; choose another --out" in again.err


def test_months_are_written_as_the_file_was(training: Training, tmp_path: Path) -> None:
    """With what separates its cells, so that its numbers are read as before."""
    path = tmp_path / "rows.csv"
    path.write_text("id;a;b\n" + "".join(f"k{row};1,{row % 9}5;36.{row % 9}74\n" for row in range(40)))
    assert training("split", path, "--fraction", "0.5", "--out", tmp_path / "months").code == 0
    month = training("schema", tmp_path / "months" / "month_000.csv", "--entity", "id", "--json").json
    whole = training("schema", path, "--entity", "id", "--json").json
    assert month["schema"] == whole["schema"]
    assert [each.get("decimal") for each in whole["schema"]["features"]] == [",", ","]


def test_years_far_away_are_split_too(training: Training, tmp_path: Path) -> None:
    """Though the calendar of Python ends before."""
    path = tmp_path / "rows.parquet"
    days = pd.array([0, 400_000 * 86_400_000], dtype="int64").astype("datetime64[ms]")
    pd.DataFrame({"day": days, "x": [1, 2]}).to_parquet(path)
    answer = training("split", path, "--by", "day", "--out", tmp_path / "months")
    assert answer.code == 0, answer.err
