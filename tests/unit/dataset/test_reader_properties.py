"""Whatever the data are, they come back as they were written, or the bad cell is found."""

import math
import re
import tempfile
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contract.schema import Feature, Schema
from contract.task import Kind
from dataset import DataError, read_dataset
from tests.support.data.tables import write_csv, write_parquet

KINDS: list[Kind] = ["numerical", "boolean", "categorical"]
TEXT = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\r\n\0"), min_size=1, max_size=12
).filter(lambda text: text == text.strip() and not re.fullmatch(r"-?\d+\.0+", text))
"""Text that is read as it is written: without blanks around it, and no code such as 1.0."""

CELLS = {
    "numerical": st.floats(allow_nan=False, allow_infinity=False),
    "boolean": st.booleans(),
    "categorical": TEXT,
}


@st.composite
def data_sets(draw: st.DrawFn) -> tuple[Schema, dict[str, list[Any]]]:
    """A schema of any kinds, and rows that fit it."""
    kinds = draw(st.lists(st.sampled_from(KINDS), min_size=1, max_size=5))
    features = [
        Feature(name=f"f{number}", kind=kind, nullable=draw(st.booleans()))
        for number, kind in enumerate(kinds)
    ]
    keys = draw(st.lists(TEXT, min_size=1, max_size=8, unique=True))
    columns: dict[str, list[Any]] = {"key": keys}
    for feature in features:
        cells = CELLS[feature.kind] | st.none() if feature.nullable else CELLS[feature.kind]
        columns[feature.name] = draw(st.lists(cells, min_size=len(keys), max_size=len(keys)))
    return Schema(entity="key", features=features), columns


def rows_of(frame: pd.DataFrame) -> dict[str, list[Any]]:
    """A frame as Python values, None where missing."""
    return {str(name): [None if pd.isna(cell) else cell for cell in frame[name].tolist()] for name in frame}


@settings(max_examples=60)
@given(data_sets(), st.booleans(), st.randoms())
def test_what_was_written_is_read(
    content: tuple[Schema, dict[str, list[Any]]], as_parquet: bool, random: Any
) -> None:
    """Every value comes back bit for bit, from one table or from one per feature in shuffled order."""
    schema, columns = content
    write, suffix = (write_parquet, "parquet") if as_parquet else (write_csv, "csv")
    with tempfile.TemporaryDirectory() as folder:
        whole = write(Path(folder) / f"whole.{suffix}", columns)
        assert rows_of(read_dataset(whole, schema).frame) == columns
        whole.unlink()
        for name in schema.feature_names:
            order = list(range(len(columns["key"])))
            if name != "f0":
                random.shuffle(order)
            part = {column: [columns[column][row] for row in order] for column in ("key", name)}
            write(Path(folder) / f"{name}.{suffix}", part)
        assert rows_of(read_dataset(Path(folder), schema).frame) == columns


@settings(max_examples=60)
@given(data_sets(), st.data())
def test_the_bad_cell_is_found(content: tuple[Schema, dict[str, list[Any]]], data: st.DataObject) -> None:
    """One cell that doesn't fit, anywhere, is named by column and row."""
    schema, columns = content
    feature = data.draw(st.sampled_from(schema.features))
    row = data.draw(st.integers(0, len(columns["key"]) - 1))
    bad = {"numerical": "x1", "boolean": "perhaps", "categorical": "y" * 300}[feature.kind]
    cells = list(columns[feature.name])
    cells[row] = bad
    with tempfile.TemporaryDirectory() as folder:
        path = write_csv(Path(folder) / "rows.csv", {**columns, feature.name: cells})
        with pytest.raises(DataError, match=rf"column '{feature.name}', row {row + 1}: '{bad[:3]}"):
            read_dataset(path, schema)


@settings(max_examples=150)
@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda text: text.encode(errors="replace")))
def test_no_file_makes_it_crash(content: bytes) -> None:
    """Any bytes are either rows or a DataError."""
    schema = Schema(entity="a", features=[Feature(name="b", kind="numerical")])
    for suffix, header in (("csv", b"a,b\n"), ("csv", b""), ("parquet", b"")):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / f"rows.{suffix}"
            path.write_bytes(header + content)
            try:
                frame = read_dataset(path, schema).frame
            except DataError:
                continue
            assert all(math.isfinite(value) for value in frame["b"])
