"""A column of times: read in its zone, from text and from Parquet, and refused where a cell is none."""

from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from contract.schema import Feature, Schema
from contract.times import TIMESTAMP, Time
from dataset import DataError, read_dataset, read_schema_yaml, schema_yaml

SCHEMA = Schema(
    entity="id",
    features=[Feature(name="age", kind="numerical")],
    time=Time(column="at", zone="America/New_York"),
)


def read(folder: Path, times: list[Any], suffix: str = "csv", schema: Schema = SCHEMA) -> "pd.Series[Any]":
    """The times of a table that was written to a file."""
    table = pd.DataFrame({"id": [f"k{row}" for row in range(len(times))], "age": 1.5, "at": times})
    path = folder / f"rows.{suffix}"
    table.to_csv(path, index=False) if suffix == "csv" else table.to_parquet(path, index=False)
    return read_dataset(path, schema).frame[TIMESTAMP]


def told(times: "pd.Series[Any]") -> list[str]:
    """Times in the form of ISO 8601, without the zone, which is UTC."""
    assert str(times.dt.tz) == "UTC"
    return [f"{time:%Y-%m-%dT%H:%M:%S}" for time in times]


def test_times_without_a_zone_are_of_the_schemas(tmp_path: Path) -> None:
    """Those that name one keep it; a date is its midnight; of an hour that there is twice it is the first."""
    times = [
        "2026-01-31T12:00:00",
        "2026-01-31 12:00:00.250",
        "2026-07-31T12:00:00Z",
        "2026-07-31T12:00:00+02:00",
        "2026-01-31",
        "2026-11-01T01:30:00",
    ]
    assert told(read(tmp_path, times)) == [
        "2026-01-31T17:00:00",
        "2026-01-31T17:00:00",
        "2026-07-31T12:00:00",
        "2026-07-31T10:00:00",
        "2026-01-31T05:00:00",
        "2026-11-01T05:30:00",
    ]


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_times_of_parquet_are_read_alike(tmp_path: Path, unit: Any) -> None:
    """With and without a zone, in any unit; an hour that there is not is the next one."""
    texts = ["2026-01-31T12:00:00", "2026-03-08T02:30:00"]
    naive: Any = pd.Series(pd.DatetimeIndex(texts).as_unit(unit))
    assert told(read(tmp_path, naive.tolist(), "parquet")) == ["2026-01-31T17:00:00", "2026-03-08T07:30:00"]
    assert told(read(tmp_path, texts)) == ["2026-01-31T17:00:00", "2026-03-08T07:30:00"]
    aware = naive.dt.tz_localize("Asia/Kathmandu").tolist()
    assert told(read(tmp_path, aware, "parquet")) == ["2026-01-31T06:15:00", "2026-03-07T20:45:00"]


@pytest.mark.parametrize(
    ("cell", "suffix", "message"),
    [
        ("yesterday", "csv", "column 'at', row 2: 'yesterday' is not a time, such as 2026-01-31T12:00:00Z"),
        ("", "csv", "column 'at', row 2: is missing; every row needs its time"),
        (None, "parquet", "column 'at', row 2: is missing; every row needs its time"),
        ("0001-01-01T00:00:00+14:00", "csv", "column 'at', row 2: .* is not a time"),
    ],
)
def test_a_cell_that_is_no_time_is_named(tmp_path: Path, cell: Any, suffix: str, message: str) -> None:
    """With its row and its text: nobody should search for it."""
    with pytest.raises(DataError, match=message):
        read(tmp_path, ["2026-01-31T12:00:00Z", cell], suffix)


def test_dates_without_an_end_are_times(tmp_path: Path) -> None:
    """Many tables write them; they are in the year 9999."""
    assert told(read(tmp_path, ["9999-12-30", "1815-06-18"])) == [
        "9999-12-30T05:00:00",
        "1815-06-18T04:56:02",
    ]


def test_a_zone_that_nobody_knows_is_said(tmp_path: Path) -> None:
    """A file can name any."""
    path = tmp_path / "rows.parquet"
    times = pa.array([0], pa.timestamp("us", tz="Mars/X"))
    pq.write_table(pa.table({"id": ["a"], "age": [1.0], "at": times}), path)
    with pytest.raises(DataError, match="column 'at': cannot be read as times"):
        read_dataset(path, SCHEMA)


def test_numbers_are_no_times(tmp_path: Path) -> None:
    """Whether they are seconds or days nobody says."""
    with pytest.raises(DataError, match="column 'at': holds int64, expected times"):
        read(tmp_path, [1_700_000_000, 1_700_000_001], "parquet")


def test_the_column_may_be_called_timestamp(tmp_path: Path) -> None:
    """Which many are; and a missing column is told."""
    schema = Schema(entity="id", features=SCHEMA.features, time=Time(column=TIMESTAMP))
    path = tmp_path / "rows.csv"
    pd.DataFrame({"id": ["a"], "age": [1.0], TIMESTAMP: ["2026-01-31"]}).to_csv(path, index=False)
    assert told(read_dataset(path, schema).frame[TIMESTAMP]) == ["2026-01-31T00:00:00"]
    with pytest.raises(DataError, match="column 'at' is missing"):
        read_dataset(path, SCHEMA)


HEAD = "entity: id\nfeatures:\n  - {name: age, kind: numerical}\n"


def test_a_schema_file_names_the_column_alone_or_with_its_zone(tmp_path: Path) -> None:
    """UTC is the zone that is meant where none is said."""
    path = tmp_path / "schema.yaml"
    path.write_text(HEAD + "time: at\n")
    assert read_schema_yaml(path).time == Time(column="at", zone="UTC")
    path.write_text(schema_yaml(SCHEMA))
    assert read_schema_yaml(path) == SCHEMA


@pytest.mark.parametrize(
    ("time", "message"),
    [
        (
            "{column: at, zone: Mars}",
            "time.zone: .*'Mars' is no time zone; expected a name such as Europe/Berlin",
        ),
        ("{column: at, zone: ../../etc/passwd}", "is no time zone"),
        ("{column: at, zone: America}", "is no time zone"),
        ("{zone: UTC}", "time.column: Field required"),
        ("7", "time: Input should be"),
        ("age", "each column has one role, but age is named more than once"),
        ("id", "each column has one role, but id is named more than once"),
    ],
)
def test_a_time_that_can_be_none_is_refused(tmp_path: Path, time: str, message: str) -> None:
    """In one sentence, with the field."""
    path = tmp_path / "schema.yaml"
    path.write_text(f"{HEAD}time: {time}\n")
    with pytest.raises(DataError, match=message):
        read_schema_yaml(path)
