"""What columns are taken for, and which cells say so."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet
import pytest

from dataset import ColumnTold, DataError, Options, Proposal, propose_schema, read_dataset
from tests.support.data.tables import write_csv

ROWS = 120


def proposed(folder: Path, columns: Mapping[str, Sequence[Any]], options: Options | None = None) -> Proposal:
    """The proposal for columns beside an id; those of other lengths are repeated."""
    content = {"id": [f"k{row}" for row in range(ROWS)]}
    content |= {name: [cells[row % len(cells)] for row in range(ROWS)] for name, cells in columns.items()}
    return propose_schema(write_csv(folder / "rows.csv", content), options or Options("id"))


def told(folder: Path, cells: Sequence[Any], name: str = "x") -> ColumnTold:
    """What is told of one column of these cells."""
    (column,) = [each for each in proposed(folder, {name: cells}).columns if each.name == name]
    return column


def kind(column: ColumnTold) -> str:
    """The kind of a feature, or that it is left out."""
    return column.feature.kind if column.feature else column.role


@pytest.mark.parametrize(
    ("cells", "expected", "why"),
    [
        (["1.5", "2", "7"], "numerical", "1.5 to 7"),
        (["1,5", "2", "7,25"], "numerical", "a comma before their decimals"),
        (["Yes", "no"], "boolean", "Yes and no"),
        (["Y", "N", ""], "boolean", "40 missing"),
        (["t", "f"], "boolean", "f and t"),
        (["1", "0"], "numerical", "0 to 1"),
        (["1.00", "no"], "boolean", "1.00 and no"),
        (["12,34,567", "1,00,000", "950"], "numerical", "950 to 1234567; marks between their thousands"),
        (["00501", "90210", "60601"], "categorical", "leading zeros: row 1 '00501'"),
        (["red", "blue"], "categorical", "2 different"),
        (["A1", "12", "B3", "7", "C9"], "categorical", "40% are numbers"),
        (["0", "1", "2", "3+"], "categorical", "75% are numbers"),
        (["1 - low", "2", "3", "4", "5 - high"], "categorical", "60% are numbers"),
        (["Ja", "nein"], "boolean", "Ja and nein"),
        (["no"], "boolean", "no"),
        (["yes", "n", "1"], "boolean", "1, n and yes"),
        (["F", "N"], "categorical", "2 different"),
        (["F", "N", "Y"], "categorical", "3 different"),
        (["on", "yes"], "categorical", "2 different"),
        (["\u22125", "2.5"], "numerical", "-5 to 2.5"),
        (["1", "2", "N/A", "-", "?"], "numerical", "72 missing"),
        (["7"], "numerical", "always 7; a constant can't drift by itself, only break"),
        (["all"], "categorical", "1 different; a constant can't drift by itself, only break"),
        ([""], "left out", "has no values"),
        (["N/A", "?"], "left out", "has no values"),
    ],
)
def test_the_cells_decide_the_kind(tmp_path: Path, cells: list[str], expected: str, why: str) -> None:
    """Not the first that doesn't fit, but most of them; and the reason names what decided."""
    column = told(tmp_path, cells)
    assert kind(column) == expected
    assert why in column.why


@pytest.mark.parametrize(
    "cells",
    [
        ["2024-01-22", "2024-02-03"],
        ["2024-01-22 10:15:00", "2024-02-03T10:15:00Z"],
        ["01/22/2024", "02/03/2024"],
        ["22.01.2024", "03.02.2024"],
        ["22-Jan-24", "3-Feb-24"],
        ["January 22, 2024", "February 3, 2024"],
        ["2024/1/22", "2024/2/3"],
        ["10:15", "23:59:59"],
        ["2024-01", "2024-02"],
        ["202401", "202412"],
        ["20240131", "20240229"],
        ["20240131100000", "20240229235959"],
        ["20240131T100000Z", "20240229T2359"],
        ["Q1 2024", "Q2 2024"],
        ["2024-01-22", "31.01.2024"],
        ["2024-01-22", "2024-01-23", "2024-01-24", "unknown"],
        ["22. Januar 2024", "3. März 2024"],
        ["Mon Jan 22 10:00:00 2024", "Sat Feb  3 10:00:00 2024"],
        ["Mar 12", "Dec 5"],
        *(["12/Mar/2024:10:00:00 +0000"], ["20240131_101500"], ["31-JAN-24 10.15.00 AM"]),
        *(["Mo, 01.01.2024"], ["1 ago 2024", "2 set 2024"]),
    ],
)
def test_times_are_left_out_in_whatever_form(tmp_path: Path, cells: list[str]) -> None:
    """They never come again, so they would always drift."""
    column = told(tmp_path, cells)
    assert column.role == "left out"
    assert column.why.startswith("holds times")


SECONDS = [1_705_881_600 + 7_321 * row for row in range(ROWS)]


@pytest.mark.parametrize(
    "cells",
    [
        SECONDS,
        [each + 0.5 for each in SECONDS],
        [each * 1000 for each in SECONDS],
        [each * 1000 + 0.25 for each in SECONDS],
        [each * 10**9 for each in SECONDS],
        [each if row % 3 else 0 for row, each in enumerate(SECONDS)],
        [each // 86_400 * 86_400 for each in SECONDS],
    ],
)
def test_numbers_since_1970_are_times(tmp_path: Path, cells: list[float]) -> None:
    """Where they differ, and are not all round; what means no time among them is passed over."""
    assert told(tmp_path, cells).why.startswith("holds times")
    assert told(tmp_path, ["1705881600", "0"], "canceled_at").why.startswith("holds times")


@pytest.mark.parametrize(
    ("name", "cells"),
    [
        ("credit_limit", [1_000_000_000, 1_500_000_000, 2_000_000_000]),
        ("loan", [1_000_000 * (700 + row) for row in range(ROWS)]),
        ("market_cap", [1_000_000 * (700_000 + row) for row in range(ROWS)]),
        *((name, [7_400 + 37 * row for row in range(ROWS)]) for name in ("ResponseTime", "date_diff")),
        ("due_date_days", ["101", "131"]),
    ],
)
def test_amounts_and_durations_are_no_times(tmp_path: Path, name: str, cells: list[int]) -> None:
    """Though seconds since 1970, or days, have the same range."""
    assert kind(told(tmp_path, cells[::-1], name)) == "numerical"


@pytest.mark.parametrize(
    "cells",
    [
        *(["1.2.20", "1.10.3"], ["202413", "202499"], ["19724", "19800"]),
        *(["12-5", "9-3"], ["12-34-56", "98-76-54"]),
        *(["01.02.10", "02.00.11"], ["3:10", "25:45", "30:59", "99:10", "70:12"]),
        *(["2018-19", "2019-20"], ["Set 4", "Decile 3", "Gen 2"], ["240131", "240229"]),
    ],
)
def test_what_only_looks_like_times_is_none(tmp_path: Path, cells: list[str]) -> None:
    """Versions, codes, prices and scores are features."""
    assert told(tmp_path, cells).role == "feature"


@pytest.mark.parametrize("name", ["epoch", "event_ts", "signup_timestamp", "date", "OrderDate"])
def test_the_name_decides_for_unusual_units(tmp_path: Path, name: str) -> None:
    """Days since 1970 are no prices where the column is called so."""
    assert told(tmp_path, ["19724", "19800"], name).role == "left out"
    assert told(tmp_path, ["45322", "45400"], name).role == "left out"
    assert told(tmp_path, ["240131", "240229"], name).role == "left out"


@pytest.mark.parametrize("name", ["", "Unnamed: 0", "Unnamed: 0.1", "__index_level_0__", "index", "rownames"])
def test_columns_of_row_numbers_are_left_out_by_their_name(tmp_path: Path, name: str) -> None:
    """Even where they are not in order, as in a sample."""
    assert told(tmp_path, [7, 3, 12, 5], name).why.startswith("is named as the row numbers")


def test_second_ids_are_left_out(tmp_path: Path) -> None:
    """As numbers, as text, and as hashes that no float holds."""
    columns: dict[str, list[Any]] = {
        "order_id": [row * 37 % 1009 for row in range(ROWS)],
        "hash": [2**62 + row * 977 for row in range(ROWS)],
        "token": [f"t{row:05x}z" for row in range(ROWS)],
        "fluid": [row * 37 % 1009 for row in range(ROWS)],
        "store_id": [row % 7 for row in range(ROWS)],
    }
    proposal = proposed(tmp_path, columns)
    assert proposal.schema.feature_names == ["fluid", "store_id"]
    assert "is an id: 120 different ones in 120 rows" in proposal.skipped[0]
    assert "beyond 2^53" in proposal.skipped[1]
    assert "120 different texts in 120 rows" in proposal.skipped[2]


@pytest.mark.parametrize(
    ("name", "cells", "warning"),
    [
        ("store_id", ["7", "9"], "is called as an id"),
        ("price", ["$12.50", "$7"], "numbers such as '$12.50' are text; write only the number"),
        ("price", ["1.250,00 €", "7 EUR"], "numbers such as '1.250,00 €' are text"),
        ("rate", ["12 %", "7.5%"], "numbers such as '12 %' are text"),
        ("price", ["12,50\u00a0€", "1\u00a0234,00\u00a0€"], "numbers such as '12,50"),
        ("price", ["$7", "€8"], "numbers such as '$7' are text, and their units differ: $, €"),
        (
            "balance",
            ["($7.00)", "$8.00"],
            "numbers such as '($7.00)' are text; write only the number, with a",
        ),
        (
            "balance",
            ["7.25", "8", "(9.50)", "6.75"],
            "'(9.50)' are text; write only the number, with a minus",
        ),
        ("balance", ["7.25", "8", "9.50-", "6.75"], "'9.50-' are text; write only the number, with a minus"),
        ("price", ["7.25", "$8", "9.50", "6.75"], "numbers such as '$8' are text; write only the number to"),
        ("price", ["7.25", "8", "9.50*"], "numbers such as '9.50*' are text; write only the number to"),
        ("weight", ["72 kg", "80 kg"], "numbers such as '72 kg' are text"),
        ("year", ["2023", "2024"], "a year always drifts"),
        ("year", ["2024"], "a year always drifts"),
        ("year", [str(1950 + row // 2) for row in range(ROWS)], "a year always drifts"),
        ("yearBuilt", ["1890", "2024"], "a year may drift"),
        ("x", ["2020", "2024"], "a year always drifts"),
        ("x", ["1990", "2024"], None),
        ("order_month", ["1", "12"], "a month always drifts"),
        ("day", ["1", "31"], "a day always drifts"),
        (
            "ticket",
            [str(3 * row + row % 2) for row in range(ROWS)],
            "as those of a sequence, so it always drifts",
        ),
        ("house", ["12", "14B", "7", "9"], None),
        ("study", ["PAL0708", "PAL0809", "PAL0910"], None),
        ("fee", [f"USD{row}" for row in range(20)], "numbers such as 'USD0' are text"),
        ("version", ["1.2.3", "1.10.0"], None),
        ("holiday", ["1", "31"], None),
        ("months_active", ["1", "12"], None),
        ("x", ["190", "2024"], None),
    ],
)
def test_parts_of_dates_and_sequences_are_warned_of(
    tmp_path: Path, name: str, cells: list[str], warning: str | None
) -> None:
    """They stay features, since a model may use them."""
    column = told(tmp_path, cells, name)
    assert column.role == "feature"
    assert (column.warning is None) if warning is None else warning in (column.warning or "")


def test_numbers_of_which_some_are_signed_say_what_to_do(tmp_path: Path) -> None:
    """Also where so many differ that the column is left out."""
    cells = [f"({row + 0.5})" if row % 4 == 1 else str(row + 0.25) for row in range(ROWS)]
    column = told(tmp_path, cells, "amount")
    assert column.role == "left out"
    assert column.warning is not None
    assert column.warning.startswith("numbers such as '(1.5)' are text; write only the number, with a minus")


def test_cells_that_do_not_fit_are_named(tmp_path: Path) -> None:
    """With their rows, and what to do makes the data readable."""
    cells = [str(row) for row in range(ROWS)]
    cells[3], cells[7] = "12 EUR", "inf"
    proposal = proposed(tmp_path, {"x": [*cells[:50], *cells[:70]]})
    (column,) = [each for each in proposal.columns if each.name == "x"]
    assert kind(column) == "numerical"
    assert column.strange[:2] == ("row 4 '12 EUR'", "row 54 '12 EUR'")
    with pytest.raises(DataError, match="row 4: '12 EUR' is not a number"):
        read_dataset(tmp_path / "rows.csv", proposal.schema)
    repaired = propose_schema(tmp_path / "rows.csv", Options("id", missing=["12 EUR", "inf"]))
    assert repaired.schema.features[0].nullable
    assert read_dataset(tmp_path / "rows.csv", repaired.schema).frame["x"].isna().sum() == 4


def test_marks_of_missing_numbers_mean_missing_categories_too(tmp_path: Path) -> None:
    """A `none` that stands among numbers is no category, and a question mark never is."""
    proposal = proposed(
        tmp_path, {"n": ["1.5", "none", "3"], "a": ["red", "none", "blue"], "b": ["x", "?", "y"]}
    )
    assert proposal.schema.missing == ["none", "?"]
    assert [each.nullable for each in proposal.schema.features] == [True, True, True]
    alone = proposed(tmp_path, {"a": ["red", "none", "blue"]})
    assert alone.schema.missing is None
    assert not alone.schema.features[0].nullable


def test_commas_of_one_column_hold_for_doubtful_ones(tmp_path: Path) -> None:
    """In a file without commas between its cells; --decimal says it for any file."""
    lines = ["id;a;b"] + [f"k{row};1,{row % 9}5;1.{row % 9}00" for row in range(ROWS)]
    path = tmp_path / "rows.csv"
    path.write_text("\n".join(lines) + "\n")
    assert [each.decimal for each in propose_schema(path, Options("id")).features] == [",", ","]
    frame = read_dataset(path, propose_schema(path, Options("id")).schema).frame
    assert frame["a"].iloc[0] == 1.05
    assert frame["b"].iloc[0] == 1000.0
    doubtful = proposed(tmp_path, {"x": ["1,234", "2,345"]}, Options("id", decimal=","))
    assert doubtful.features[0].decimal == ","


def test_categories_of_the_file_stay_categories(tmp_path: Path) -> None:
    """Codes that were kept as a dictionary in Parquet are no numbers."""
    codes = pa.array([3, 1, 2] * 40).dictionary_encode()
    path = tmp_path / "rows.parquet"
    pyarrow.parquet.write_table(pa.table({"id": [f"k{row}" for row in range(120)], "x": codes}), path)
    schema = propose_schema(path, Options("id")).schema
    assert schema.features[0].kind == "categorical"
    assert list(read_dataset(path, schema).frame["x"].cat.categories) == ["1", "2", "3"]


def test_ids_that_repeat_are_told_at_once(tmp_path: Path) -> None:
    """With a way to go on; without ids, rows are numbered, and a likely id is named."""
    path = write_csv(tmp_path / "rows.csv", {"user_id": ["a", "b", "a", "b"], "x": [1.5, 2, 2, 1.5]})
    with pytest.raises(
        DataError, match=r"row 3: 'a' is in row 1 already; 2 of 4 rows repeat an id.*--rows-repeat"
    ):
        propose_schema(path, Options("user_id"))
    assert propose_schema(path, Options("user_id", rows_repeat=True)).schema.ids == "repeat"
    numbered = propose_schema(path, Options())
    assert (numbered.schema.ids, numbered.schema.entity) == ("none", "row")
    assert numbered.notes == [
        "no column of ids is named (--entity), so rows are numbered; "
        "if 'user_id' names them, say --entity user_id --rows-repeat"
    ]


def test_up_to_ten_thousand_categories_are_some(tmp_path: Path) -> None:
    """Where each is in two rows on average; more are ids or free text."""
    for towns, role in ((10_000, "feature"), (10_001, "left out")):
        rows = 2 * towns
        content = {
            "id": [f"k{row}" for row in range(rows)],
            "town": [f"t{row % towns}" for row in range(rows)],
        }
        proposal = propose_schema(write_csv(tmp_path / "rows.csv", content), Options("id"))
        assert proposal.columns[1].role == role


def test_a_slip_with_a_leading_zero_makes_no_codes(tmp_path: Path) -> None:
    """One of a hundred does, and codes of one length; what means missing among codes is missing."""
    rows = [str(row * 7 % 1009 + 10) for row in range(600)]
    content = {"id": [f"k{row}" for row in range(600)], "x": [*rows[:-1], "05"]}
    path = write_csv(tmp_path / "many.csv", content)
    assert propose_schema(path, Options("id")).features[0].kind == "numerical"
    zips = proposed(tmp_path, {"zip": ["00501", "10001", "NA"]})
    assert zips.schema.missing == ["NA"]
    assert zips.features[0].nullable


def test_names_of_row_numbers_hold_for_whole_numbers_only(tmp_path: Path) -> None:
    """A column called index may hold an index of prices."""
    assert told(tmp_path, ["easy", "hard"], "level_1").role == "feature"
    assert told(tmp_path, ["1.5", "2.5"], "index").role == "feature"


def test_a_label_is_read_by_one_mark(tmp_path: Path) -> None:
    """Which is that of the other columns of its file, or the one that the user says."""
    lines = ["id;a;y"] + [f"k{row};1,{row % 9}5;2.{row % 9}37" for row in range(ROWS)]
    path = tmp_path / "rows.csv"
    path.write_text("\n".join(lines) + "\n")
    schema = propose_schema(path, Options("id", "y")).schema
    assert schema.label is not None
    assert schema.label.decimal == ","
    assert read_dataset(path, schema).frame["y"].iloc[0] == 2037.0
    said = proposed(tmp_path, {"a": ["1.5", "2"], "y": ["1,137", "2,174"]}, Options("id", "y", decimal=","))
    assert read_dataset(path, said.schema).frame["y"].tolist()[:2] == [1.137, 2.174]


@pytest.mark.parametrize("mark", ["NA", "?", "N/A", "null"])
def test_a_label_that_is_missing_is_no_class(tmp_path: Path, mark: str) -> None:
    """Its row has no label, for the proposal and for the reader; marks of the features are none of it."""
    unlabelled = proposed(tmp_path, {"a": ["1.5", "2"], "y": ["u", "w", mark]}, Options("id", "y"))
    assert (unlabelled.unlabelled, unlabelled.rows) == (ROWS // 3, ROWS)
    read = read_dataset(tmp_path / "rows.csv", unlabelled.schema)
    assert set(read.frame["y"].dropna()) == {"u", "w"}
    assert f"rows.csv: y: {ROWS // 3} of {ROWS} rows have no label" in read.notes[0]
    approved = proposed(tmp_path, {"a": ["1.5", "-"], "b": ["u", "-"], "y": ["+", "-"]}, Options("id", "y"))
    assert approved.schema.missing == ["-"]
    assert set(read_dataset(tmp_path / "rows.csv", approved.schema).frame["y"]) == {"+", "-"}


def test_ids_that_join_tables_may_not_repeat(tmp_path: Path) -> None:
    """Nothing would say which rows belong together."""
    write_csv(tmp_path / "a.csv", {"id": ["a", "b"], "x": [1.5, 2]})
    write_csv(tmp_path / "b.csv", {"id": ["a", "a"], "y": [1.5, 2]})
    with pytest.raises(DataError, match="2 tables that are joined by their ids, so none may repeat"):
        propose_schema(tmp_path, Options("id", rows_repeat=True))
    with pytest.raises(DataError, match="can't be both the entity and the label"):
        propose_schema(tmp_path / "a.csv", Options("id", "id"))


def test_numbers_that_mean_missing_make_a_column_nullable(tmp_path: Path) -> None:
    """As text, and as numbers in Parquet."""
    cells = [-999.0, 5.0, 7.5] * 40
    csv = write_csv(tmp_path / "rows.csv", {"id": [f"k{row}" for row in range(ROWS)], "x": cells})
    parquet = tmp_path / "rows.parquet"
    pyarrow.parquet.write_table(pa.table({"id": [f"k{row}" for row in range(ROWS)], "x": cells}), parquet)
    for path in (csv, parquet):
        proposal = propose_schema(path, Options("id", missing=["-999"]))
        assert proposal.columns[1].why == "5 to 7.5; 40 missing"
        assert read_dataset(path, proposal.schema).frame["x"].isna().sum() == 40


@pytest.mark.parametrize("name", ["Customer Number", "OrderNo", "policy_nr", "Account No.", "patient.number"])
def test_numbers_of_people_and_papers_are_ids(tmp_path: Path, name: str) -> None:
    """Whole numbers that differ in nearly all rows, under the name of what they number."""
    rows = [9_000 + 37 * row * row for row in range(ROWS)]
    assert told(tmp_path, rows, name).why.startswith("is an id")
    assert kind(told(tmp_path, rows, "Number of orders")) == "numerical"
