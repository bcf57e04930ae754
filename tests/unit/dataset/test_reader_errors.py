"""What is wrong with a data set is said in one message that names file, column and row."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet
import pytest

from contract.schema import MAX_TEXT
from dataset import DataError, read_dataset
from tests.support.data.tables import ROWS, SCHEMA, chosen, write_csv, write_parquet


def problem(path: Path) -> str:
    """The message with which reading a data set ends."""
    with pytest.raises(DataError) as caught:
        read_dataset(path, SCHEMA)
    message = str(caught.value)
    assert "\n" not in message
    assert str(path) in message
    return message


@pytest.mark.parametrize(
    ("column", "bad", "expected"),
    [
        ("age", [1, "many", 3], "column 'age', row 2: 'many' is not a number"),
        ("age", [1, "", 3], "column 'age', row 2: is missing; the schema doesn't say that it is nullable"),
        ("age", [1, "NaN", 3], "column 'age', row 2: is missing; the schema doesn't say that it is nullable"),
        ("age", [1, 2, "inf"], "column 'age', row 3: 'inf' is infinite, or beyond what a float can hold"),
        ("age", [1, 2, "1e999"], "column 'age', row 3: '1e999' is infinite, or beyond"),
        ("age", ["2024-01-31", 2, 3], "column 'age', row 1: '2024-01-31' is not a number"),
        ("age", ["1,5,", 2, 3], "column 'age', row 1: '1,5,' is not a number; if it means a missing value"),
        ("paperless", ["true", "maybe", "false"], "column 'paperless', row 2: 'maybe' is not a boolean"),
        ("paperless", ["true", "2", "false"], "column 'paperless', row 2: '2' is not a boolean"),
        ("service", ["DSL", "", "No"], "column 'service', row 2: is missing"),
        (
            "service",
            ["DSL", "x" * (MAX_TEXT + 1), "No"],
            "row 2: 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…'",
        ),
        ("left", ["true", "", "false"], "column 'left', row 2: is missing; every row needs its label"),
        ("left", ["true", "gone", "false"], "column 'left', row 2: 'gone' is not a boolean"),
        (
            "id",
            ["a", "b", "a"],
            "column 'id', row 3: 'a' is in row 1 already; 1 of 3 rows repeat an id; every entity has one row",
        ),
        ("id", ["a", "", "c"], "column 'id', row 2: is missing; every row needs its entity key"),
    ],
)
def test_a_bad_value_is_named_by_its_row(
    tmp_path: Path, column: str, bad: Sequence[Any], expected: str
) -> None:
    """The first bad value of a CSV file is quoted with its column and row."""
    assert expected in problem(write_csv(tmp_path / "rows.csv", {**ROWS, column: bad}))


@pytest.mark.parametrize(
    ("column", "bad", "expected"),
    [
        ("age", ["1", "2", "x"], "column 'age', row 3: 'x' is not a number"),
        ("age", [[1], [2], [3]], "column 'age': holds list<"),
        ("age", [1.0, float("inf"), 3.0], "column 'age', row 2: 'inf' is infinite"),
        ("paperless", ["true", "maybe", "true"], "column 'paperless', row 2: 'maybe' is not a boolean"),
        ("paperless", [0, 1, 2], "column 'paperless', row 3: '2' is not a boolean"),
        ("service", [1.5, 2.5, 3.5], "column 'service', row 1: '1.5' is no text, and no whole number"),
        ("service", [[1], [2], [3]], "column 'service': holds list<"),
        ("id", ["a", "b", ""], "column 'id', row 3: is missing"),
    ],
)
def test_a_wrong_type_in_parquet_is_named(
    tmp_path: Path, column: str, bad: Sequence[Any], expected: str
) -> None:
    """The types of a Parquet file are those that it declares; its text is read as that of a CSV file."""
    assert expected in problem(write_parquet(tmp_path / "rows.parquet", {**ROWS, column: bad}))


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", "is empty; expected a header and rows"),
        (b"\n", "is empty; expected a header and rows"),
        (b"\nid,age\na,1\n", "the first line is blank; expected a header and rows"),
        (
            b"id,age,fee,paperless,streams,service,left\na,1,2,true,true," + b"x" * 2_000_000 + b",true\n",
            "column 'service', row 1: 'xxx",
        ),
        (b"id,age,fee,paperless,streams,service,left\n", "has no rows"),
        (b"id,age,fee\na,1,2\n", "column 'paperless' is missing; rows.csv has id, age, fee"),
        (
            b"id;age;fee\na;1;2\n",
            "column 'paperless' is missing; rows.csv has id, age, fee",
        ),
        (
            b"age,fee,paperless,streams,service,left\n1,2,true,true,x,true\n",
            "the entity key, column 'id', is m",
        ),
        (b"id,age,age\na,1,2\n", "the header names column 'age' more than once"),
        (b"id,age,fee,paperless,streams,service,left\na,1,2\n", "row 1: expected 7 columns, got 3"),
        (
            b'id,age,fee,paperless,streams,service,left\na,1,2,true,true,"x,true\n',
            "odd number of quotation m",
        ),
        (
            b"id,age,fee,paperless,streams,service,left\na,1,2,true,true,K\xf6ln,true\n",
            "column service, row 1:",
        ),
        (b"id,\xe4ge\na,1\n", "the header: is not UTF-8; save the file as UTF-8"),
        (b'"' + b"x" * 200_000 + b'"\n', "the header cannot be read: field larger than field limit"),
    ],
)
def test_a_broken_csv_file_is_refused(tmp_path: Path, content: bytes, expected: str) -> None:
    """A file that is no table of the schema is refused with what is wrong with it."""
    path = tmp_path / "rows.csv"
    path.write_bytes(content)

    assert expected in problem(path)


def test_a_broken_parquet_file_is_refused(tmp_path: Path) -> None:
    """A file that only has the name of a Parquet file, or lost its end, is refused."""
    path = write_parquet(tmp_path / "rows.parquet", ROWS)
    path.write_bytes(path.read_bytes()[:-20])
    assert "cannot be read as Parquet" in problem(path)

    path.write_bytes(b"")
    assert "cannot be read as Parquet" in problem(path)


def test_a_parquet_file_without_rows_is_refused(tmp_path: Path) -> None:
    """A table needs rows in Parquet as well."""
    empty = {name: pa.array([], pa.string()) for name in ROWS}
    pyarrow.parquet.write_table(pa.table(empty), tmp_path / "rows.parquet")

    assert "has no rows" in problem(tmp_path / "rows.parquet")


def test_a_place_without_tables_is_refused(tmp_path: Path) -> None:
    """A missing path, an empty folder and a file of another kind are told apart."""
    (tmp_path / "rows.xlsx").write_bytes(b"")

    assert "there is no such file or folder" in problem(tmp_path / "nowhere")
    assert "holds no .csv or .parquet file" in problem(tmp_path)
    assert "expected a .csv or a .parquet file" in problem(tmp_path / "rows.xlsx")


FIRST: Mapping[str, Sequence[Any]] = chosen("id", "age", "fee", "paperless", "streams")


def test_rows_that_do_not_join_are_named(tmp_path: Path) -> None:
    """The first key that only one of two tables has is named, whichever of them has it."""
    write_csv(tmp_path / "a.csv", FIRST)
    write_csv(tmp_path / "b.csv", {**chosen("service", "left"), "id": ["a", "b", "d"]})
    assert f"{tmp_path / 'b.csv'}: column 'id', row 3: 'd' is not in {tmp_path / 'a.csv'}" in problem(
        tmp_path
    )

    write_csv(tmp_path / "b.csv", {"id": ["a", "b"], "service": ["x", "y"], "left": [True, False]})
    assert f"{tmp_path / 'a.csv'}: column 'id', row 3: 'c' is not in {tmp_path / 'b.csv'}" in problem(
        tmp_path
    )


def test_a_column_in_two_tables_is_refused(tmp_path: Path) -> None:
    """Which of the two to take would be a guess."""
    write_csv(tmp_path / "a.csv", FIRST)
    write_csv(tmp_path / "b.csv", chosen("id", "service", "left", "age"))

    assert "a.csv: column 'age' is in b.csv as well; leave it in one of them" in problem(tmp_path)


def test_a_missing_column_of_a_folder_is_named(tmp_path: Path) -> None:
    """The message says which tables were looked at."""
    write_csv(tmp_path / "a.csv", FIRST)
    write_csv(tmp_path / "b.csv", chosen("id", "left"))

    assert "column 'service' is missing; none of a.csv, b.csv has it" in problem(tmp_path)
