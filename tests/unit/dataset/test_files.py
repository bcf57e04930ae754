"""Which files are a table, and how they are told apart from others."""

import gzip
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet
import pytest

from contract.schema import Feature, Schema
from dataset import DataError, DataSet, Options, propose_schema, read_dataset
from dataset.table.files.folder import find_tables
from tests.support.data.tables import ROWS, SCHEMA, write_csv, write_parquet

PAIR = Schema(
    entity="id", features=[Feature(name="x", kind="numerical"), Feature(name="y", kind="categorical")]
)


def pair(path: Path, schema: Schema = PAIR) -> DataSet:
    """The data set of a path, by a schema of two columns."""
    return read_dataset(path, schema)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("id;x;y\na;1,5;u\nb;2;v\n", "cells are separated by semicolons"),
        ("id\tx\ty\na\t1.5\tu\nb\t2\tv\n", "cells are separated by tabs"),
        ("id|x|y\na|1.5|u\nb|2|v\n", "cells are separated by bars"),
        ("id, x, y\na, 1.5, u\nb, 2, v\n", "blanks around the names of columns are left out"),
        ('id;"x";y\na;1,5;u\nb;2,0;v\n', "cells are separated by semicolons"),
    ],
)
def test_what_separates_cells_is_recognised_and_said(tmp_path: Path, text: str, said: str) -> None:
    """Commas, semicolons, tabs and bars, and blanks after them."""
    path = tmp_path / "rows.csv"
    path.write_text(text)
    data = pair(path)
    assert data.frame["x"].tolist() == [1.5, 2.0]
    assert data.frame["y"].tolist() == ["u", "v"]
    assert f"rows.csv: {said}" in data.notes


@pytest.mark.parametrize("text", ["id,x;y;z\na,1\nb,2\n", 'id,"x;y;z"\na,1\nb,2\n', "id,x;y;z\na,1;2\n"])
def test_commas_stay_what_separates(tmp_path: Path, text: str) -> None:
    """Other marks in a name or a cell of a file with commas are part of it."""
    path = tmp_path / "rows.csv"
    path.write_text(text)
    schema = Schema(entity="id", features=[Feature(name="x;y;z", kind="categorical")])
    assert len(read_dataset(path, schema).frame.columns) == 2


@pytest.mark.parametrize(
    "text", ["a,b;c\n1,5;2\n2,25;3\n", "c;a,b\n2;1,5\n3;2,25\n", "a,b;c;d\n1,5;2;u\n2,25;3;v\n"]
)
def test_commas_within_numbers_do_not_separate(tmp_path: Path, text: str) -> None:
    """Where semicolons give as many cells, and leave numbers with decimal commas."""
    path = tmp_path / "rows.csv"
    path.write_text(text)
    schema = Schema(ids="none", features=[Feature(name="a,b", kind="numerical")])
    assert read_dataset(path, schema).frame["a,b"].tolist() == [1.5, 2.25]


@pytest.mark.parametrize(
    ("header", "looks_like_a_row"),
    [
        ("5.1,3.5,1", True),
        ("5.1,3.5,setosa", True),
        ("17,3,5", True),
        ("0,1,2", False),
        ("1,2,3", False),
        ("id,2019,2020", False),
        ("a,b,0.5", False),
    ],
)
def test_a_header_of_numbers_is_warned_of(tmp_path: Path, header: str, looks_like_a_row: bool) -> None:
    """It may be the first row of a file without a header; years are names, too."""
    path = tmp_path / "rows.csv"
    path.write_text(f"{header}\n1,2,3\n")
    notes = find_tables(path)[0].notes
    assert any("if the first line is a row, write names above it" in note for note in notes) == (
        looks_like_a_row
    )


def test_a_semicolon_stands_against_commas_in_every_row(tmp_path: Path) -> None:
    """Names and numbers with one comma each don't make commas the separator."""
    path = tmp_path / "rows.csv"
    path.write_text("id;x, netto;y\na;1,5;u\nb;2,5;v\n")
    schema = PAIR.model_copy(update={"features": [Feature(name="x, netto", kind="numerical")]})
    assert read_dataset(path, schema).frame["x, netto"].tolist() == [1.5, 2.5]


@pytest.mark.parametrize("suffix", [".csv.gz", ".tsv", ".txt", ".csv.zst", ".CSV"])
def test_files_may_be_compressed_and_have_other_endings(tmp_path: Path, suffix: str) -> None:
    """What they hold is what counts."""
    text = b"id,x,y\na,1.5,u\nb,2,v\n"
    packed = {".gz": gzip.compress, ".zst": lambda each: pa.Codec("zstd").compress(each, asbytes=True)}
    path = tmp_path / f"rows{suffix}"
    path.write_bytes(packed.get(path.suffix, bytes)(text))
    assert pair(path).frame["x"].tolist() == [1.5, 2.0]


def test_files_of_the_same_columns_are_parts_of_one_table(tmp_path: Path) -> None:
    """In the order of their names, however each orders its columns; an error names the part."""
    write_parquet(tmp_path / "part-0.parquet", {"id": ["a"], "x": [1], "y": ["u"]})
    write_parquet(tmp_path / "part-1.parquet", {"y": ["v"], "x": [2.5], "id": ["b"]})
    (tmp_path / "_SUCCESS").write_text("")
    data = pair(tmp_path)
    assert data.frame.to_dict("list") == {"id": ["a", "b"], "x": [1.0, 2.5], "y": ["u", "v"]}
    assert [file.name for file in data.files] == ["part-0.parquet", "part-1.parquet"]
    assert data.notes == (
        f"{tmp_path.name}: 2 files are read as one table, from part-0.parquet to part-1.parquet",
    )
    write_parquet(tmp_path / "part-2.parquet", {"id": ["c", "d"], "x": [1.0, None], "y": ["u", "v"]})
    with pytest.raises(DataError, match=r"column 'x', part-2\.parquet, row 2: is missing"):
        pair(tmp_path)


@pytest.mark.parametrize("folders", [("", ""), ("month=1", "month=2")])
def test_parts_with_other_separators_are_refused(tmp_path: Path, folders: tuple[str, str]) -> None:
    """A comma stands before decimals in one, and between thousands in the other."""
    texts = ("id,x,y\na,1.125,u\n", "id;x;y\nb;1,125;v\n")
    for folder, name, text in zip(folders, ("a.csv", "b.csv"), texts, strict=True):
        (tmp_path / folder).mkdir(exist_ok=True)
        (tmp_path / folder / name).write_text(text)
    with pytest.raises(DataError, match=r"by commas in (month=1/)?a\.csv, but by semicolons in .*b\.csv"):
        pair(tmp_path)


def test_folders_of_a_partitioned_table_are_columns(tmp_path: Path) -> None:
    """As Hive, Spark and pandas write them."""
    table = pd.DataFrame({"id": list("abcd"), "x": [1.0, 2, 3, 4], "y": ["u", "v", "u", None]})
    table.to_parquet(tmp_path / "table", partition_cols=["y"])
    rows = pair(tmp_path / "table", PAIR.model_copy(update={"features": [PAIR.features[0]]})).frame
    assert sorted(rows["id"]) == list("abcd")
    nullable = Feature(name="y", kind="categorical", nullable=True)
    both = pair(tmp_path / "table", PAIR.model_copy(update={"features": [PAIR.features[0], nullable]})).frame
    known = both.dropna(subset="y")
    assert dict(zip(known["id"], known["y"], strict=True)) == {"a": "u", "b": "v", "c": "u"}
    assert both["id"].nunique() == 4


def test_parts_in_folders_beside_other_files_are_not_passed_over(tmp_path: Path) -> None:
    """They may be most of the table."""
    write_csv(tmp_path / "rows.csv", {"id": ["a"], "x": [1]})
    (tmp_path / "month=2026-01").mkdir()
    write_csv(tmp_path / "month=2026-01" / "rows.csv", {"id": ["b"], "x": [2]})
    with pytest.raises(DataError, match=r"holds rows\.csv beside month=2026-01/rows\.csv, part"):
        find_tables(tmp_path)


def test_a_first_line_may_say_what_separates_cells(tmp_path: Path) -> None:
    """As spreadsheets write it; rows are counted from the header on."""
    path = tmp_path / "rows.csv"
    path.write_text("sep=;\r\nid;x\r\na;1,5\r\nb;?!\r\n")
    (table,) = find_tables(path)
    assert table.read(["id", "x"]).columns["x"].to_pylist() == ["1,5", "?!"]
    path.write_text("sep=;\nid;x\na;1\nb;2;3\n")
    (table,) = find_tables(path)
    with pytest.raises(DataError, match="row 2: expected 2 columns, got 3"):
        table.read(["id", "x"])


def test_lines_above_the_header_are_named(tmp_path: Path) -> None:
    """Reports begin with a title; nobody would find the names in it."""
    path = tmp_path / "rows.csv"
    path.write_text("Monthly report\n2024\nid;x;y\na;1;2\nb;3;4\n")
    with pytest.raises(DataError, match=r"'Monthly report', is no header.*the 2 lines above"):
        find_tables(path)


def test_a_compressed_copy_is_not_read_twice(tmp_path: Path) -> None:
    """The plain file beside it counts."""
    write_csv(tmp_path / "rows.csv", {"id": ["a"], "x": [1], "y": ["u"]})
    (tmp_path / "rows.csv.gz").write_bytes(gzip.compress((tmp_path / "rows.csv").read_bytes()))
    assert len(pair(tmp_path).frame) == 1


def test_tables_that_nearly_are_parts_say_why_they_are_not(tmp_path: Path) -> None:
    """The column that only one of them has is named."""
    write_csv(tmp_path / "a.csv", {"id": ["a"], "x": [1], "y": ["u"]})
    write_csv(tmp_path / "b.csv", {"id": ["b"], "x": [1], "y": ["u"], "z": [1]})
    with pytest.raises(DataError, match="no parts of one table, since only one of them has 'z'"):
        pair(tmp_path)


def test_rows_without_ids_are_numbered(tmp_path: Path) -> None:
    """And ids may repeat where the schema says so."""
    path = write_csv(tmp_path / "rows.csv", {"x": [1, 2], "y": ["u", "v"]})
    numbered = Schema(ids="none", features=PAIR.features)
    assert read_dataset(path, numbered).frame["row"].tolist() == ["1", "2"]
    path = write_csv(tmp_path / "rows.csv", {"id": ["a", "a"], "x": [1, 2], "y": ["u", "v"]})
    assert read_dataset(path, PAIR.model_copy(update={"ids": "repeat"})).frame["id"].tolist() == ["a", "a"]
    with pytest.raises(DataError, match="row 2: 'a' is in row 1 already; 1 of 2 rows repeat an id"):
        pair(path)


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("rows.csv", b"", "is empty"),
        ("rows.csv", bytes(range(256)) * 20, "is no text, but binary"),
        ("rows.csv", b"\x89PNG\r\n\x1a\n" + b"\0" * 64, "is no text, but binary"),
        ("rows.csv.gz", b"no gzip", "cannot be read"),
        ("rows.parquet", b"PAR1" + b"x" * 50, "cannot be read as Parquet"),
        ("rows.xlsx", b"PK", "expected a .csv or a .parquet file"),
        ("x" * 300, None, "there is no such file or folder"),
        ("rows.csv", b"id,x,y", "has no rows"),
    ],
)
def test_what_is_no_table_is_refused(tmp_path: Path, name: str, content: bytes | None, expected: str) -> None:
    """In one sentence, by reading and by proposing."""
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    for read in (lambda: pair(path), lambda: propose_schema(path, Options("id"))):
        with pytest.raises(DataError, match=expected):
            read()


def test_folders_of_other_things_are_refused(tmp_path: Path) -> None:
    """As no data set at all."""
    (tmp_path / "notes.txt").write_text("x")
    (tmp_path / "sub").mkdir()
    write_csv(tmp_path / "sub" / "rows.csv", ROWS)
    with pytest.raises(DataError, match=r"holds no \.csv or \.parquet file"):
        read_dataset(tmp_path, SCHEMA)


def test_ten_thousand_columns_are_read(tmp_path: Path) -> None:
    """Within seconds, and proposed as well."""
    columns: dict[str, list[Any]] = {f"x{number}": [1.5, 2.5, number] for number in range(10_000)}
    columns["id"] = ["a", "b", "c"]
    path = write_csv(tmp_path / "wide.csv", columns)
    proposal = propose_schema(path, Options("id"))
    assert len(proposal.features) == 10_000
    assert read_dataset(path, proposal.schema).frame.shape == (3, 10_001)


@pytest.mark.parametrize("name", ["x" * 300, "score", "timestamp", "prediction_id", "features", "prediction"])
def test_columns_may_have_any_name(tmp_path: Path, name: str) -> None:
    """Long ones, and those that stand beside the data elsewhere."""
    path = write_csv(tmp_path / "rows.csv", {"id": ["a", "b", "c"], name: [1.5, 2, 4]})
    schema = propose_schema(path, Options("id")).schema
    assert read_dataset(path, schema).frame[name].tolist() == [1.5, 2.0, 4.0]
    assert name not in {*schema.outputs, schema.timestamp, schema.prediction_id}


def test_text_in_parquet_that_is_no_text_is_refused(tmp_path: Path) -> None:
    """Bytes of another encoding, in a column of text."""
    wrong = pa.StringArray.from_buffers(1, pa.py_buffer(b"\0\0\0\0\x01\0\0\0"), pa.py_buffer(b"\xff"))
    path = tmp_path / "rows.parquet"
    pyarrow.parquet.write_table(pa.table({"id": ["a"], "x": [1.0], "y": wrong}), path)
    with pytest.raises(DataError, match=r"cannot be read as Parquet: .*UTF8"):
        pair(path)


def test_parts_of_different_types_are_named(tmp_path: Path) -> None:
    """With their files and their column; whole numbers and floats go together."""
    write_parquet(tmp_path / "p0.parquet", {"id": ["a"], "x": [1], "y": ["u"]})
    write_parquet(tmp_path / "p1.parquet", {"id": ["b"], "x": [2.5], "y": [3]})
    with pytest.raises(DataError, match=r"column 'y' holds string in p0\.parquet, but int64 in p1\.parquet"):
        pair(tmp_path)


def test_folders_of_a_partitioned_table_may_have_any_name(tmp_path: Path) -> None:
    """They are written as addresses are; an error names the file within its folder."""
    for name, x in (("EU%20West", 1.0), ("US", None)):
        (tmp_path / f"y={name}").mkdir()
        write_parquet(tmp_path / f"y={name}" / "p.parquet", {"id": [name], "x": [x]})
    frame = read_dataset(tmp_path, PAIR, nulls="allowed").frame
    assert frame["y"].tolist() == ["EU West", "US"]
    with pytest.raises(DataError, match=r"column 'x', y=US/p\.parquet, row 1: is missing"):
        pair(tmp_path)
