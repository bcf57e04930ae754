"""Which months a demo replays, and against which bundle."""

from pathlib import Path

import pytest

from dataset import DataError, read_schema_yaml
from demo.errors import NoMonthsError
from demo.months import find_months
from tests.support.paths import ROOT
from training.build import Request, build_bundle

SCHEMA = "entity: id\nlabel: {name: left, positive: true}\nfeatures:\n  - {name: fee, kind: numerical}\n"
ROWS = "id,fee,left\n" + "".join(f"k{row},{row % 17},{row % 3 == 0}\n" for row in range(300))


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two months as CSV files, seen from the project's folder."""
    monkeypatch.chdir(ROOT)
    folder = tmp_path / "shop"
    folder.mkdir()
    for month in ("month_000.csv", "month_001.csv"):
        (folder / month).write_text(ROWS)
    return folder


def said(_what: str) -> None:
    """Takes what is being done."""


def test_the_examples_months_and_bundle_need_nothing(data: Path) -> None:
    """Without data or a bundle the demo is the example's."""
    months = find_months(None, None, data, said)
    assert months.bundle.name == "churn"
    assert [month.name for month in months.later] == ["month_001", "month_002"]


def test_the_first_month_becomes_the_bundle(data: Path) -> None:
    """Months are files as well as folders, and the model is called as their folder."""
    (data / "schema.yaml").write_text(SCHEMA)
    months = find_months(data, None, data.parent, said)
    assert months.bundle.name == "shop"
    assert [month.name for month in months.later] == ["month_001.csv"]


def test_a_bundle_alone_has_no_months(data: Path, bundle_path: Path) -> None:
    """It is served, and nothing is replayed."""
    months = find_months(None, bundle_path, data, said)
    assert (months.bundle.path, months.later) == (bundle_path, [])


def test_a_bundle_takes_the_months_of_its_features(months_path: Path, bundle_path: Path, data: Path) -> None:
    """The data's months after the reference are replayed against it; others are refused."""
    months = find_months(months_path, bundle_path, data, said)
    assert [month.name for month in months.later] == ["month_001", "month_002"]
    with pytest.raises(DataError, match="column 'months_active' is missing"):
        find_months(data, bundle_path, data, said)


def test_a_replay_does_not_take_now_for_the_hours_of_the_rows(data: Path) -> None:
    """The demo's model has no times, and this is said; of a bundle with times, what it compares with."""
    (data / "schema.yaml").write_text(f"time: {{column: at, zone: Europe/Berlin}}\n{SCHEMA}")
    header, *rows = ROWS.splitlines()
    timed = [f"{row},2026-01-{number % 28 + 1:02}T08:00:00Z" for number, row in enumerate(rows)]
    for month in ("month_000.csv", "month_001.csv"):
        (data / month).write_text("\n".join([f"{header},at", *timed]) + "\n")
    schema = read_schema_yaml(data / "schema.yaml")

    made = find_months(data, None, data.parent, said)
    build_bundle(Request(data / "month_000.csv", schema, data / "timed", "timed"), said)
    given = find_months(data, data / "timed", data.parent, said)

    assert made.bundle.schema.time is None
    assert made.notes == (
        "this demo's model does without `time: at`, since a replay sends all rows now and not at their own "
        "hours; `training build` keeps it",
    )
    assert given.bundle.schema.time is not None
    assert given.notes == (
        "rows count as of now, when they are sent, and not as of `time: at`: they are compared with the "
        "reference's rows of this hour",
    )
    assert find_months(None, data / "timed", data, said).notes == ()


def test_the_examples_schema_is_named_where_it_does_not_fit(data: Path) -> None:
    """The message says what was used, and which file is needed where."""
    with pytest.raises(NoMonthsError) as caught:
        find_months(data, None, data.parent, said)
    assert "column 'months_active' is missing" in str(caught.value)
    assert "without a schema.yaml beside the months the example's was used" in str(caught.value)


def test_a_later_month_is_read_before_anything_is_started(data: Path) -> None:
    """A bad value is named by its file and row."""
    (data / "schema.yaml").write_text(SCHEMA)
    (data / "month_001.csv").write_text(ROWS.replace("k5,5,", "k5,five,"))
    with pytest.raises(NoMonthsError, match=r"month_001\.csv: column 'fee', row 6: 'five' is not a number"):
        find_months(data, None, data.parent, said)


def test_a_folder_without_a_later_month_is_refused(data: Path) -> None:
    """There would be nothing to replay."""
    (data / "month_001.csv").unlink()
    with pytest.raises(NoMonthsError, match="expected a month after month_000 in it"):
        find_months(data, None, data.parent, said)
