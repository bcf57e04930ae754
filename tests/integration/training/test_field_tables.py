"""Tables like those that people reported trouble with; FIELD_DATA names their folder."""

import os
from collections.abc import Mapping
from pathlib import Path

import pandas as pd
import pytest

from dataset import DataError, DataSet, Options, Proposal, propose_schema, read_dataset, read_schema_yaml

FIELD = Path(os.environ.get("FIELD_DATA", "/nowhere"))

pytestmark = pytest.mark.skipif(not FIELD.is_dir(), reason="needs FIELD_DATA")

PLAIN = {"x": "numerical", "y": "numerical", "colour": "categorical"}


def proposed(case: str, month: str = "month_000.csv", **options: object) -> Proposal:
    """What is proposed for the first month of a case."""
    return propose_schema(FIELD / case / month, Options(**{"entity": "cid", "label": "bought", **options}))  # type: ignore[arg-type]


def kinds(proposal: Proposal) -> Mapping[str, str]:
    """The kind of each feature."""
    return {each.name: each.kind for each in proposal.features}


def months(
    case: str, proposal: Proposal, names: tuple[str, str] = ("month_000.csv", "month_001.csv")
) -> list[DataSet]:
    """Both months, read by what was proposed."""
    return [read_dataset(FIELD / case / name, proposal.schema, nulls="allowed") for name in names]


def categories(data: DataSet, name: str) -> set[object]:
    """The values of a column that are there."""
    return set(data.frame[name].dropna())


def test_a_flag_is_one_flag_whatever_its_spelling() -> None:
    """Yes and No in one month, 1 and 0 in the next, and the other way round."""
    case = "c02b_yes_then_01"
    assert kinds(proposed(case)) == {**PLAIN, "flag": "boolean"}
    before, now = months(case, proposed(case))
    assert categories(before, "flag") == categories(now, "flag") == {False, True}
    turned = proposed(case, "month_001.csv")
    by_number = [read_dataset(FIELD / case / f"month_00{each}.csv", turned.schema) for each in (0, 1)]
    assert categories(by_number[0], "flag") == categories(by_number[1], "flag") == {0.0, 1.0}
    assert by_number[0].notes == ("month_000.csv: flag: yes and no are read as 1 and 0",)


@pytest.mark.parametrize(
    ("case", "suffix"), [("c03_intcode_float", "csv"), ("c03b_intcode_float_pq", "parquet")]
)
def test_codes_with_a_null_among_them_are_the_same_category(case: str, suffix: str) -> None:
    """As CSV and as Parquet, by the schema that names them categories."""
    schema = read_schema_yaml(FIELD / case / "schema.yaml")
    before, now = (
        read_dataset(FIELD / case / f"month_00{each}.{suffix}", schema, nulls="allowed") for each in (0, 1)
    )
    assert categories(before, "region") == categories(now, "region") == {"1", "2", "3", "4"}


def test_leading_zeros_are_kept() -> None:
    """And the cell that decided is named."""
    proposal = proposed("c04_leading_zero")
    assert kinds(proposal)["zip"] == "categorical"
    assert "leading zeros: row 3 '00501'" in proposal.columns[-1].why
    assert {"00501", "02134"} <= categories(months("c04_leading_zero", proposal)[0], "zip")


def test_decimal_commas_are_read_and_said() -> None:
    """Beside numbers with commas between thousands in the same file."""
    case = "c05b_quoted_decimal_comma"
    before, now = months(case, proposed(case))
    assert kinds(proposed(case)) == {
        "x": "numerical",
        "y": "numerical",
        "colour": "categorical",
        "amount": "numerical",
    }
    assert before.frame["x"].iloc[0] == 50.34
    assert before.frame["amount"].iloc[1] == 2602.48
    assert now.frame["amount"].iloc[1] == 2315.83
    assert before.notes == (
        "month_000.csv: x: its numbers have a comma before their decimals",
        "month_000.csv: amount: its numbers have marks between their thousands",
    )


def test_times_are_left_out() -> None:
    """ISO, American, German, since 1970, and months as numbers."""
    proposal = proposed("c09_dates")
    assert kinds(proposal) == PLAIN
    assert [each.partition(": holds times")[1] for each in proposal.skipped] == [": holds times"] * 5


def test_missing_marks_are_missing_and_other_cells_are_named() -> None:
    """Numbers stay numbers; `inf` is named with its row until it is said to be missing."""
    case = "c11_missing_marks"
    proposal = proposed(case)
    assert set(kinds(proposal).values()) == {"numerical", "categorical"}
    assert [each.name for each in proposal.features if each.kind == "categorical"] == ["colour"]
    strange = {each.name: each.strange for each in proposal.columns if each.strange}
    assert set(strange) == {"inf", "small"}
    with pytest.raises(DataError, match="column 'inf', row 4: 'inf' is infinite"):
        months(case, proposal)
    said = proposed(case, missing=["inf"])
    for data in months(case, said):
        assert all(data.frame[name].dtype == "float64" for name in kinds(said) if name != "colour")


def test_a_dictionary_of_integers_is_a_category() -> None:
    """As pandas keeps categories in Parquet; other types are numbers, flags and text."""
    names = ("month_000.parquet", "month_001.parquet")
    proposal = proposed("c17_pq_types", names[0])
    assert kinds(proposal) == {
        **PLAIN,
        "cat": "categorical",
        "icat": "categorical",
        "f32": "numerical",
        "f16": "numerical",
        "u8": "numerical",
        "nb": "boolean",
        "ni": "numerical",
        "st": "categorical",
    }
    before, now = months("c17_pq_types", proposal, names)
    assert categories(now, "icat") <= categories(before, "icat")


@pytest.mark.parametrize("month", ["month_000.parquet", "again_0.csv", "month_000_idx.csv"])
def test_index_columns_are_left_out(month: str) -> None:
    """Whatever they are called."""
    proposal = proposed("c18_index_column", month)
    assert kinds(proposal) == PLAIN
    assert "named as the row numbers" in proposal.skipped[0]


def test_part_files_are_one_table() -> None:
    """Three files of a month are read as one."""
    case, names = "c19_part_files", ("month_000", "month_001")
    proposal = proposed(case, "month_000")
    assert kinds(proposal) == PLAIN
    assert [len(data.frame) for data in months(case, proposal, names)] == [600, 400]


def test_repeated_ids_are_told_at_once() -> None:
    """And may be let be."""
    with pytest.raises(DataError, match="520 of 600 rows repeat an id"):
        proposed("c20_repeated_entity")
    proposal = proposed("c20_repeated_entity", rows_repeat=True)
    assert [len(data.frame) for data in months("c20_repeated_entity", proposal)] == [600, 400]


def test_rows_without_an_id_are_numbered() -> None:
    """Which is said."""
    proposal = proposed("c20b_no_id", entity=None)
    assert "so rows are numbered" in proposal.notes[-1]
    before, _ = months("c20b_no_id", proposal)
    assert before.frame["row"].tolist()[:2] == ["1", "2"]


@pytest.mark.parametrize("case", ["c22_blank_after_comma", "c22b_trailing_blank"])
def test_blanks_are_trimmed(case: str) -> None:
    """In names and in cells, of either month."""
    proposal = proposed(case)
    assert kinds(proposal) == PLAIN
    before, now = months(case, proposal)
    assert categories(before, "colour") == categories(now, "colour") == {"red", "green", "blue"}
    assert any("blanks around the text" in note for note in (*before.notes, *now.notes))


def test_other_tasks_are_proposed() -> None:
    """Three classes, and a number."""
    assert proposed("c15_multiclass").target.task == "multiclass"
    assert proposed("c15b_regression").target.task == "regression"


@pytest.mark.parametrize("case", ["c12_null_share", "c28_null_later"])
def test_values_that_are_missing_later_are_seen(case: str) -> None:
    """They are read as missing; what it means is the drift worker's to say."""
    before, now = months(case, proposed(case))
    share = [pd.isna(data.frame["colour"]).mean() for data in (before, now)]
    assert share[1] > share[0]
