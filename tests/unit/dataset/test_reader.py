"""What a data set is read as."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet
import pytest

from contract.schema import Label
from dataset import read_dataset
from tests.support.data.tables import ROWS, SCHEMA, chosen, write_csv, write_parquet

Write = Callable[[Path, Mapping[str, Sequence[Any]]], Path]


def values(frame: pd.DataFrame, name: str) -> list[Any]:
    """A column as Python values, None where missing."""
    return [None if pd.isna(value) else value for value in frame[name].tolist()]


@pytest.mark.parametrize(("suffix", "write"), [("csv", write_csv), ("parquet", write_parquet)])
def test_one_table_is_read_by_its_schema(tmp_path: Path, suffix: str, write: Write) -> None:
    """A CSV and a Parquet file of the same rows are read as the same values."""
    data = read_dataset(write(tmp_path / f"rows.{suffix}", ROWS), SCHEMA)

    assert list(data.frame.columns) == ["id", *SCHEMA.feature_names, "left"]
    assert {name: values(data.frame, name) for name in ROWS} == {name: list(ROWS[name]) for name in ROWS}
    assert data.ignored == ()


def test_kinds_decide_the_types_of_the_frame(tmp_path: Path) -> None:
    """Numbers are float64; booleans, categories and labels are categories of bool, str and bool."""
    frame = read_dataset(write_csv(tmp_path / "rows.csv", ROWS), SCHEMA).frame

    assert frame["age"].dtype == np.float64
    assert list(frame["streams"].cat.categories) == [False, True]
    assert list(frame["service"].cat.categories) == ["DSL", "Fiber optic", "No"]
    assert list(frame["left"].cat.categories) == [False, True]


def test_tables_of_a_folder_are_joined_on_the_entity_key(tmp_path: Path) -> None:
    """Rows in another order, another format, and files that are no tables make no difference."""
    write_csv(tmp_path / "a.csv", chosen("id", "age", "fee"))
    shuffled = {name: list(ROWS[name])[::-1] for name in ("id", "paperless", "streams", "service")}
    write_parquet(tmp_path / "b.parquet", shuffled)
    write_csv(tmp_path / "labels.CSV", chosen("id", "left"))
    (tmp_path / "notes.txt").write_text("not a table")
    (tmp_path / ".hidden.csv").write_text("")

    data = read_dataset(tmp_path, SCHEMA)

    assert {name: values(data.frame, name) for name in ROWS} == {name: list(ROWS[name]) for name in ROWS}
    assert [file.name for file in data.files] == ["a.csv", "b.parquet", "labels.CSV"]


def test_other_columns_are_ignored_and_named(tmp_path: Path) -> None:
    """What the schema doesn't name is left out, whatever it holds, and told by file."""
    write_csv(tmp_path / "a.csv", {**ROWS, "note": ["x", "", "y"], "": [0, 1, 2]})
    write_csv(tmp_path / "b.csv", {"other": [1], "thing": [2]})

    data = read_dataset(tmp_path, SCHEMA)

    assert data.ignored == ("a.csv: note, (unnamed)", "b.csv: other, thing")
    assert [file.name for file in data.files] == ["a.csv"]


def test_missing_values_can_be_data(tmp_path: Path) -> None:
    """A comparison reads null, NaN and empty columns where the schema isn't nullable."""
    rows = {
        **ROWS,
        "age": [None, float("nan"), 3.0],
        "service": [None, None, None],
        "left": [True, None, None],
    }

    frame = read_dataset(write_parquet(tmp_path / "rows.parquet", rows), SCHEMA, nulls="allowed").frame

    assert values(frame, "age") == [None, None, 3.0]
    assert values(frame, "service") == [None, None, None]
    assert values(frame, "left") == [True, None, None]


@pytest.mark.parametrize("missing", ["", "NA", "nan", "null", "None", "  "])
def test_a_missing_number_or_boolean_has_many_spellings(tmp_path: Path, missing: str) -> None:
    """What other tools write for a missing number or boolean is missing; as a category it is a text."""
    rows = {**ROWS, "fee": [missing, 1, 2], "streams": [missing, "yes", "FALSE"], "service": ["NA", "b", "c"]}

    frame = read_dataset(write_csv(tmp_path / "rows.csv", rows), SCHEMA).frame

    assert values(frame, "fee") == [None, 1.0, 2.0]
    assert values(frame, "streams") == [None, True, False]
    assert values(frame, "service") == ["NA", "b", "c"]


def test_a_label_may_be_absent_where_it_is_optional(tmp_path: Path) -> None:
    """Data of a month whose labels are not known yet can be compared all the same."""
    path = write_csv(tmp_path / "rows.csv", {name: ROWS[name] for name in ROWS if name != "left"})

    assert "left" not in read_dataset(path, SCHEMA, label="optional").frame
    assert "left" not in read_dataset(write_csv(path, ROWS), SCHEMA, label="ignored").frame
    assert "left" in read_dataset(path, SCHEMA, label="optional").frame


@pytest.mark.parametrize(
    ("positive", "written", "read"),
    [
        (True, ["yes", "no", "1"], [True, False, True]),
        (1, ["1", "0", "1.0"], [1, 0, 1]),
        ("Yes", ["Yes", "No", "Yes"], ["Yes", "No", "Yes"]),
        ("1", ["1", "0", "1"], ["1", "0", "1"]),
    ],
)
def test_a_label_is_what_its_positive_value_is(
    tmp_path: Path, positive: bool | int | str, written: list[str], read: list[Any]
) -> None:
    """A label is read as booleans, whole numbers or text."""
    schema = SCHEMA.model_copy(update={"label": Label(name="left", positive=positive)})

    frame = read_dataset(write_csv(tmp_path / "rows.csv", {**ROWS, "left": written}), schema).frame

    assert frame["left"].tolist() == read


@pytest.mark.parametrize(
    "typed",
    [
        pa.array(["DSL", "No", "DSL"]).dictionary_encode(),
        pa.array(["DSL", "No", "DSL"], pa.large_string()),
        pa.array(["DSL", "No", "DSL"], pa.string_view()),
    ],
)
def test_text_in_parquet_may_be_encoded_in_any_way(tmp_path: Path, typed: Any) -> None:
    """Dictionary-encoded and large text are text."""
    table = pa.table({**{name: list(ROWS[name]) for name in ROWS}, "service": typed})
    pyarrow.parquet.write_table(table, tmp_path / "rows.parquet")

    frame = read_dataset(tmp_path / "rows.parquet", SCHEMA).frame

    assert values(frame, "service") == ["DSL", "No", "DSL"]


@pytest.mark.parametrize("kind", [pa.int8(), pa.uint64(), pa.float32(), pa.decimal128(30, 2)])
def test_numbers_in_parquet_may_have_any_type(tmp_path: Path, kind: Any) -> None:
    """Whole numbers, floats and decimals are numbers."""
    table = pa.table(
        {**{name: list(ROWS[name]) for name in ROWS}, "age": pa.array([1, 2, 3]).cast(kind, safe=False)}
    )
    pyarrow.parquet.write_table(table, tmp_path / "rows.parquet")

    assert values(read_dataset(tmp_path, SCHEMA).frame, "age") == [1.0, 2.0, 3.0]


def test_csv_as_spreadsheets_write_it_is_read(tmp_path: Path) -> None:
    """A byte order mark, Windows line ends, quotes and line breaks within quotes are read."""
    path = tmp_path / "rows.csv"
    path.write_bytes(
        b"\xef\xbb\xbfid,age,fee,paperless,streams,service,left\r\n"
        b'"a",1,,true,,"with ""quotes"", and\nlines",false\r\n'
    )

    frame = read_dataset(path, SCHEMA).frame

    assert values(frame, "service") == ['with "quotes", and\nlines']
