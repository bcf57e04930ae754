"""How cells are read that people and their tools write in many ways."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.schema import Decimal, Feature, Schema
from contract.task import Kind
from dataset import DataError, DataSet, read_dataset
from tests.support.data.tables import write_csv


def read(
    folder: Path,
    cells: Sequence[Any],
    kind: Kind,
    *,
    missing: list[str] | None = None,
    decimal: Decimal | None = None,
    known: list[str] | None = None,
) -> DataSet:
    """A column of these cells, read from a CSV file, or from a Parquet file where it is an Arrow array."""
    feature = Feature(name="x", kind=kind, nullable=True, decimal=decimal, categories=known)
    schema = Schema(entity="id", features=[feature], missing=missing)
    ids = [f"k{row}" for row in range(len(cells))]
    if isinstance(cells, pa.Array):
        path = folder / "rows.parquet"
        pyarrow.parquet.write_table(pa.table({"id": ids, "x": cells}), path)
    else:
        path = write_csv(folder / "rows.csv", {"id": ids, "x": cells})
    return read_dataset(path, schema)


def values(data: DataSet) -> list[Any]:
    """The column as Python values, None where missing."""
    return [None if pd.isna(value) else value for value in data.frame["x"].tolist()]


def notes(data: DataSet) -> list[str]:
    """What was said of the column."""
    return [note.partition(": x: ")[2] for note in data.notes]


@pytest.mark.parametrize(
    ("cells", "read_as", "note"),
    [
        (["1.5", "-2", "+3e2"], [1.5, -2.0, 300.0], None),
        (["1,5", "-2", "3,25"], [1.5, -2.0, 3.25], "a comma before their decimals"),
        (["1.234,5", "2", "1.000.000"], [1234.5, 2.0, 1_000_000.0], "a comma before their decimals"),
        (["1 234,5", "12", "1\u202f000"], [1234.5, 12.0, 1000.0], "a comma before their decimals"),
        (["1,234.5", "2", "1,000,000"], [1234.5, 2.0, 1_000_000.0], "marks between their thousands"),
        (["1'234.5", "2", "3"], [1234.5, 2.0, 3.0], "marks between their thousands"),
        (["0,100", "0,988", "0,5"], [0.1, 0.988, 0.5], "a comma before their decimals"),
        (["0,100", "0,988", "0,500"], [0.1, 0.988, 0.5], "a comma before their decimals"),
        (["1,234", "2", "3"], [1234.0, 2.0, 3.0], "could be read in two ways: `decimal` says how"),
        (["Yes", "no", "Yes"], [1.0, 0.0, 1.0], "yes and no are read as 1 and 0"),
        ([" 1.5", "2 ", "\u00a03"], [1.5, 2.0, 3.0], None),
    ],
)
def test_numbers_are_read_as_they_are_written(
    tmp_path: Path, cells: list[str], read_as: list[float], note: str | None
) -> None:
    """By a point or a comma, with marks between thousands, as flags; what is not plain is said."""
    data = read(tmp_path, cells, "numerical")
    assert values(data) == read_as
    assert len(notes(data)) == (note is not None)
    assert all(note is not None and note in each for each in notes(data))


def test_the_schema_says_how_doubtful_numbers_are_read(tmp_path: Path) -> None:
    """By `decimal`, unless the cells contradict it."""
    assert values(read(tmp_path, ["1,234", "2"], "numerical", decimal=",")) == [1.234, 2.0]
    assert values(read(tmp_path, ["1.234", "2"], "numerical", decimal=",")) == [1234.0, 2.0]
    assert values(read(tmp_path, ["1.5", "2"], "numerical", decimal=",")) == [1.5, 2.0]
    assert values(read(tmp_path, ["0.125", "0.250"], "numerical", decimal=",")) == [0.125, 0.25]


@given(st.lists(st.floats(-1e12, 1e12).map(lambda value: round(value, 4)), min_size=1, max_size=20))
def test_a_number_is_the_same_however_it_is_written(tmp_path_factory: Any, numbers: list[float]) -> None:
    """With a point, with a comma, and with marks between thousands in either way."""
    folder = tmp_path_factory.mktemp("numbers")
    by_point = [f"{number:,.4f}" for number in numbers]
    by_comma = [text.translate(str.maketrans(",.", ".,")) for text in by_point]
    for cells in (by_point, by_comma, [f"{number:.4f}".replace(".", ",") for number in numbers]):
        assert values(read(folder, cells, "numerical", decimal=None)) == numbers


@pytest.mark.parametrize(
    "mark", ["", "N/A", "n/a", "NA", "NaN", "null", "None", "?", "-", "#DIV/0!", "#N/A", r"\N", "<NA>", " - "]
)
def test_a_missing_number_or_flag_has_many_spellings(tmp_path: Path, mark: str) -> None:
    """None of them makes another cell anything else."""
    assert values(read(tmp_path, [mark, "1,5", "2"], "numerical")) == [None, 1.5, 2.0]
    assert values(read(tmp_path, [mark, "y", "n"], "boolean")) == [None, True, False]


def test_the_schema_says_what_else_is_missing(tmp_path: Path) -> None:
    """In numbers, in flags and in categories; upper and lower case make no difference."""
    assert values(read(tmp_path, ["unknown", "-999", "2"], "numerical", missing=["Unknown", "-999"])) == [
        *(None, None, 2.0)
    ]
    assert values(read(tmp_path, ["?", "a", "None"], "categorical", missing=["?"])) == [None, "a", "None"]
    assert values(read(tmp_path, ["?", "a", "None"], "categorical")) == ["?", "a", "None"]
    for cells in (["-999.0", "5"], pa.array([-999, 5]), pa.array([-999.0, 5.0])):
        assert values(read(tmp_path, cells, "numerical", missing=["-999"])) == [None, 5.0]


def test_an_empty_text_is_missing_in_parquet_too(tmp_path: Path) -> None:
    """As it is in CSV; and it is said."""
    data = read(tmp_path, pa.array(["a", "", " ", "b"]), "categorical")
    assert values(data) == ["a", None, None, "b"]
    assert "empty texts are missing values" in notes(data)


def test_a_cell_that_is_no_number_says_what_to_do(tmp_path: Path) -> None:
    """With its row, its text, and the way to take it as missing."""
    with pytest.raises(
        DataError, match=r"row 2: '12 EUR' is not a number; if it means a missing value, list"
    ):
        read(tmp_path, ["1", "12 EUR", "3"], "numerical")


@pytest.mark.parametrize(
    "cells", [["yes", "NO", "yes"], ["Y", "n", "y"], ["t", "F", "t"], ["1", "0", "1.0"], ["on", "off", "on"]]
)
def test_flags_are_equal_whatever_their_spelling(tmp_path: Path, cells: list[str]) -> None:
    """As text in CSV and in Parquet, and as numbers."""
    expected = [True, False, True]
    assert values(read(tmp_path, cells, "boolean")) == expected
    assert values(read(tmp_path, pa.array(cells), "boolean")) == expected
    assert values(read(tmp_path, pa.array([1, 0, 1]), "boolean")) == expected


def test_blanks_around_text_are_left_out_and_said(tmp_path: Path) -> None:
    """In CSV and Parquet alike."""
    for cells in (["red ", " blue", "red"], pa.array(["red ", " blue", "red"])):
        data = read(tmp_path, cells, "categorical")
        assert values(data) == ["red", "blue", "red"]
        assert notes(data) == ["blanks around the text are left out, in 2 rows"]


@pytest.mark.parametrize(
    "cells", [["1.0", "", "12.0"], pa.array([1.0, None, 12.0]), pa.array([1, None, 12]), ["1", "", "12"]]
)
def test_codes_are_the_same_with_and_without_a_null(tmp_path: Path, cells: Any) -> None:
    """Whatever wrote them made floats of them."""
    assert values(read(tmp_path, cells, "categorical")) == ["1", None, "12"]


@pytest.mark.parametrize("cells", [["1.0", "2.0", "2.1"], ["01.0", "02.0", "3.0"], ["00501", "02134", "1"]])
def test_other_codes_stay_as_they_are(tmp_path: Path, cells: list[str]) -> None:
    """Versions and zip codes are no whole numbers."""
    assert values(read(tmp_path, cells, "categorical")) == cells


@pytest.mark.parametrize(
    ("known", "cells", "read_as"),
    [
        (["1", "2"], ["1.0", "2.1", "2"], ["1", "2.1", "2"]),
        (["1.0", "1.5"], ["1", "1.5", "1.0"], ["1.0", "1.5", "1.0"]),
        (["No", "Yes"], ["0", "1", "1.0"], ["No", "Yes", "Yes"]),
        (["0", "1"], ["no", "YES", "0"], ["0", "1", "0"]),
        (["no", "perhaps"], ["0", "1", "no"], ["0", "1", "no"]),
        (["No", "Yes"], ["1", "0", "maybe"], ["Yes", "No", "maybe"]),
        (["F"], ["N", "F"], ["N", "F"]),
        (["F", "Y"], ["N", "T", "F"], ["N", "T", "F"]),
        (["00501"], ["501", "00501", "501.0"], ["501", "00501", "501.0"]),
    ],
)
def test_categories_take_the_spelling_of_the_reference(
    tmp_path: Path, known: list[str], cells: list[str], read_as: list[str]
) -> None:
    """Where they are the same code, or the same flag."""
    assert values(read(tmp_path, cells, "categorical", known=known)) == read_as


def test_whole_numbers_that_no_float_holds_are_told(tmp_path: Path) -> None:
    """As numbers they are rounded; as categories they keep each digit."""
    large = pa.array([2**53 + 1, 2**53 + 2, 3])
    assert notes(read(tmp_path, large, "numerical")) == [
        "whole numbers beyond 2^53 are read as the nearest number that a float holds"
    ]
    assert values(read(tmp_path, large, "categorical")) == [str(2**53 + 1), str(2**53 + 2), "3"]


def test_half_floats_and_truth_are_numbers(tmp_path: Path) -> None:
    """As other tools keep them in Parquet."""
    assert values(read(tmp_path, pa.array([0.5, 2.0], pa.float16()), "numerical")) == [0.5, 2.0]
    assert values(read(tmp_path, pa.array([True, None, False]), "numerical")) == [1.0, None, 0.0]
