"""What schema is proposed for data that have none."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from contract.schema import Feature, Label
from dataset import DataError, Options, propose_schema
from tests.support.data.tables import ROWS, SCHEMA, write_csv, write_parquet

MANY: dict[str, list[Any]] = {
    "id": [f"k{row}" for row in range(300)],
    "number": [row % 7 + 0.5 for row in range(300)],
    "zero_one": [row % 2 for row in range(300)],
    "flag": [None if row == 5 else row % 2 == 0 for row in range(300)],
    "word": ["yes" if row % 3 else "no" for row in range(300)],
    "row": list(range(300)),
    "note": [f"text {row % 250}" for row in range(300)],
    "place": [f"place {row % 150}" for row in range(300)],
    "day": [f"2024-01-{row % 28 + 1:02d}" for row in range(300)],
    "nothing": [None] * 300,
    "left": [row % 4 == 0 for row in range(300)],
}


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_kinds_follow_what_the_columns_hold(tmp_path: Path, suffix: str) -> None:
    """Numbers, booleans and few texts are features; ids, dates, free text and nothing are left out."""
    write = write_csv if suffix == "csv" else write_parquet
    path = write(tmp_path / f"rows.{suffix}", MANY)

    proposal = propose_schema(path, Options("id", "left"))

    assert proposal.schema.features == [
        Feature(name="number", kind="numerical"),
        Feature(name="zero_one", kind="numerical"),
        Feature(name="flag", kind="boolean", nullable=True),
        Feature(name="word", kind="boolean"),
        Feature(name="place", kind="categorical"),
    ]
    assert proposal.schema.label == Label(name="left", positive=True)
    assert proposal.skipped == [
        f"rows.{suffix}: row: numbers the rows",
        f"rows.{suffix}: note: has 250 different texts in 300 rows, as an id or free text has",
        f"rows.{suffix}: day: holds times, such as '2024-01-01'",
        f"rows.{suffix}: nothing: has no values",
    ]


def test_types_that_no_feature_has_are_left_out(tmp_path: Path) -> None:
    """Dates and lists in Parquet are named with their type."""
    rows = {**ROWS, "day": [date(2024, 1, day) for day in (1, 2, 3)], "many": [[1], [2], [3]]}

    proposal = propose_schema(write_parquet(tmp_path / "rows.parquet", rows), Options("id"))

    assert "rows.parquet: day: holds times (date32[day])" in proposal.skipped
    assert any(skipped.startswith("rows.parquet: many: holds list<") for skipped in proposal.skipped)
    assert proposal.schema.label is None


def test_a_column_of_two_tables_is_left_out(tmp_path: Path) -> None:
    """A table without the entity key, and a column that is in two tables, are no part of a schema."""
    write_csv(tmp_path / "a.csv", ROWS)
    write_csv(tmp_path / "b.csv", {"id": ROWS["id"], "age": ROWS["age"], "size": [1.5, 2.5, 4]})
    write_csv(tmp_path / "c.csv", {"x": [1]})

    proposal = propose_schema(tmp_path, Options("id", "left"))

    assert "age" not in proposal.schema.feature_names
    assert "size" in proposal.schema.feature_names
    assert "a.csv: age: is in another table as well" in proposal.skipped
    assert proposal.notes == ["c.csv: left out, for it has no column 'id'"]


@pytest.mark.parametrize(
    ("values", "positive"),
    [
        ([True, False, True], True),
        ([0, 1, 1], 1),
        ([1, 2, 1], 2),
        (["No", "Yes", "No"], "Yes"),
        (["stays", "leaves", "stays"], "leaves"),
        (["a b", "c", "c"], "a b"),
    ],
)
def test_the_positive_value_is_the_telling_one(
    tmp_path: Path, values: list[Any], positive: bool | int | str
) -> None:
    """True, the larger number, a yes, or else the rarer text is what the model is to predict."""
    path = write_csv(tmp_path / "rows.csv", {**ROWS, "left": values})

    label = propose_schema(path, Options("id", "left")).schema.label

    assert label == Label(name="left", positive=positive)
    assert label is not None
    assert type(label.positive) is type(positive)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([1, 1, 1], "column 'left': has 1 value (1); expected at least two, or numbers"),
        ([0.5, 0.5, 0.5], "column 'left': has 1 value; there is nothing to predict"),
        (
            ["", "1", ""],
            "column 'left', row 1: is missing; 2 of 3 rows have no label, and a model learns from",
        ),
    ],
)
def test_a_label_that_says_nothing_is_refused(tmp_path: Path, values: list[Any], expected: str) -> None:
    """There is nothing to tell apart."""
    path = write_csv(tmp_path / "rows.csv", {**ROWS, "left": values})

    with pytest.raises(DataError) as caught:
        propose_schema(path, Options("id", "left"))

    assert expected in str(caught.value)


def test_columns_that_are_not_there_are_named(tmp_path: Path) -> None:
    """A mistyped entity key or label is an error that lists what there is."""
    path = write_csv(tmp_path / "rows.csv", ROWS)

    with pytest.raises(DataError, match=r"column 'key' is missing; rows\.csv has id, age"):
        propose_schema(path, Options("key"))
    with pytest.raises(DataError, match=r"column 'churn' is missing; rows\.csv has id, age"):
        propose_schema(path, Options("id", "churn"))


def test_data_without_a_single_feature_are_refused(tmp_path: Path) -> None:
    """The message says why each column is none."""
    path = write_csv(tmp_path / "rows.csv", {"id": ["a", "b"], "day": ["2024-01-01", "2024-01-02"]})

    with pytest.raises(DataError, match=r"no column can be a feature: rows.csv: day: holds times"):
        _ = propose_schema(path, Options("id")).schema


def test_the_proposal_reads_the_data_it_is_for(tmp_path: Path) -> None:
    """What is proposed is what a person would have written, range and order aside."""
    path = write_csv(
        tmp_path / "rows.csv",
        {name: [*ROWS[name], *ROWS[name]] for name in ROWS if name != "id"} | {"id": list("abcdef")},
    )

    schema = propose_schema(path, Options("id", "left")).schema

    assert schema.feature_names == SCHEMA.feature_names
    assert [feature.kind for feature in schema.features] == [feature.kind for feature in SCHEMA.features]


@pytest.mark.parametrize("name", ["x" * 513, "a\tb"])
def test_a_label_whose_name_no_schema_can_have_is_refused(tmp_path: Path, name: str) -> None:
    """The message names the column."""
    path = write_csv(tmp_path / "rows.csv", {**ROWS, name: ["yes", "no", "no"]})

    with pytest.raises(DataError, match="can be no label: name: String should"):
        propose_schema(path, Options("id", name))


def test_a_column_may_be_called_as_what_stands_beside_the_data(tmp_path: Path) -> None:
    """The model's own score then has another name in windows and reports."""
    proposal = propose_schema(write_csv(tmp_path / "rows.csv", {**ROWS, "score": [1, 1, 2]}), Options("id"))

    assert "score" in proposal.schema.feature_names
    assert list(proposal.schema.outputs) == ["score_"]


def test_times_say_what_they_are_good_for(tmp_path: Path) -> None:
    """Those with hours, of every row; days have none. What follows the clock beside them is named at once."""
    rows = range(240)
    columns: dict[str, list[Any]] = {
        "at": [f"2024-01-{row % 28 + 1:02d}T{row % 24:02d}:30:00Z" for row in rows],
        "day": MANY["day"][:240],
        "seen": ["" if row == 7 else f"2024-01-05 {row % 24:02d}:00" for row in rows],
        "hour": [row % 24 for row in rows],
        "dep_time": [row % 24 * 100 + row % 60 for row in rows],
        "air_time": [row * 7 % 300 for row in rows],
        "month": [1 for _ in rows],
    }

    proposal = propose_schema(write_csv(tmp_path / "rows.csv", columns), Options())

    why = {each.name: each.why for each in proposal.columns}
    assert why["at"] == (
        "holds times, such as '2024-01-01T00:30:00Z'; if rows are of these times, `time: at` in schema.yaml "
        "compares windows with rows of like hours and weekdays"
    )
    assert why["day"] == "holds times, such as '2024-01-01'"
    assert "schema.yaml" not in why["seen"]
    assert proposal.notes[0] == (
        "hour, dep_time follow the clock, so they drift in each window that has other hours than the "
        "reference: leave them out, or say drift: {ignore: true}"
    )


@pytest.mark.parametrize(
    ("ids", "suggested"),
    [
        ([f"k{row}" for row in range(9)], "; if 'Individual ID' names them, say --entity 'Individual ID'"),
        (
            [f"k{row % 7}" for row in range(9)],
            "; if 'Individual ID' names them, say --entity 'Individual ID' --rows-repeat",
        ),
        ([None, *(f"k{row}" for row in range(8))], ""),
    ],
)
def test_the_ids_that_are_suggested_can_be_typed_so(
    tmp_path: Path, ids: list[str | None], suggested: str
) -> None:
    """Quoted for a shell, with --rows-repeat where they repeat, and not where a row has none."""
    columns: dict[str, list[Any]] = {"Individual ID": ids, "age": [20.5 + row for row in range(9)]}

    proposal = propose_schema(write_csv(tmp_path / "rows.csv", columns), Options())

    assert proposal.notes == [f"no column of ids is named (--entity), so rows are numbered{suggested}"]
    if suggested:
        taken = propose_schema(
            tmp_path / "rows.csv", Options("Individual ID", rows_repeat=suggested.endswith("--rows-repeat"))
        )
        assert taken.schema.entity == "Individual ID"
