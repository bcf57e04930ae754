"""Rows without a label are left out of training, and are watched all the same."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from bundle import open_bundle
from dataset import read_reference
from tests.support.data.tables import write_csv
from tests.support.data.training import Training

ROWS = 300
X = [row * 37 % 101 for row in range(ROWS)]
LABELS: dict[str, list[Any]] = {
    "binary": ["dear" if x > 60 else "cheap" for x in X],
    "multiclass": ["dear" if x > 60 else "fair" if x > 30 else "cheap" for x in X],
    "regression": [x + 0.5 for x in X],
}


def lacking(labels: Sequence[Any], mark: str = "") -> list[Any]:
    """The labels, every tenth of which a row lacks."""
    return [mark if row % 10 == 5 else label for row, label in enumerate(labels)]


def proposal(training: Training, folder: Path, labels: Sequence[Any]) -> str:
    """Write a table of these labels and its schema; gives what `training schema` says."""
    folder.mkdir()
    write_csv(folder / "rows.csv", {"x": X, "y": labels})
    answer = training("schema", folder / "rows.csv", "--label", "y", "--out", folder / "schema.yaml")
    assert answer.code == 0, answer.err
    return answer.out


@pytest.mark.parametrize(("task", "mark"), [("binary", "NA"), ("multiclass", ""), ("regression", "n/a")])
def test_the_model_is_that_of_the_other_rows(
    training: Training, tmp_path: Path, task: str, mark: str
) -> None:
    """Byte for byte, and so are its figures; the reference has all rows, and those without are counted."""
    told = proposal(training, tmp_path / "all", lacking(LABELS[task], mark))
    assert "30 of 300 rows have no label: they are left out of training, and are watched all the same" in told
    assert "nullable: true" in (tmp_path / "all" / "schema.yaml").read_text().partition("features:")[0]
    built = training("build", "--data", tmp_path / "all" / "rows.csv", "--out", tmp_path / "of_all")
    assert built.code == 0, built.err
    assert built.out.startswith("rows.csv: y: 30 of 300 rows have no label: no model is trained on them")

    rows = [row for row in range(ROWS) if row % 10 != 5]
    (tmp_path / "some").mkdir()
    write_csv(
        tmp_path / "some" / "rows.csv",
        {"x": [X[row] for row in rows], "y": [LABELS[task][row] for row in rows]},
    )
    schema = (tmp_path / "all" / "schema.yaml").read_text().replace("  nullable: true\n", "")
    (tmp_path / "some" / "schema.yaml").write_text(schema)
    training("build", "--data", tmp_path / "some" / "rows.csv", "--out", tmp_path / "of_some")

    every, some = open_bundle(tmp_path / "of_all"), open_bundle(tmp_path / "of_some")
    assert every.model_path.read_bytes() == some.model_path.read_bytes()
    assert every.metadata.validation == some.metadata.validation
    assert every.metadata.reference.rows == ROWS
    reference = read_reference(every.reference_path, every.schema)
    assert reference["y"].isna().sum() == 30
    assert not reference[list(every.schema.outputs)].isna().any(axis=None)
    if task == "binary":
        return  # nothing says which of its numbers is which class
    existing = training(
        *("build", "--data", tmp_path / "all" / "rows.csv", "--onnx", every.model_path, "--held-out"),
        *("--out", tmp_path / "existing"),
    )
    assert existing.code == 0, existing.err
    measured = open_bundle(tmp_path / "existing").metadata.validation
    assert measured is not None
    assert measured.rows == len(rows)


def test_without_the_setting_the_remedy_is_named(training: Training, tmp_path: Path) -> None:
    """With how many rows it is about."""
    proposal(training, tmp_path / "rows", LABELS["binary"])
    write_csv(tmp_path / "rows" / "rows.csv", {"x": X, "y": lacking(LABELS["binary"])})
    refused = training("build", "--data", tmp_path / "rows" / "rows.csv", "--out", tmp_path / "mine")
    assert refused.code == 2
    assert (
        "column 'y', row 6: is missing; every row needs its label; 30 of 300 rows have no label: "
        "with `nullable: true` beside the label's name in schema.yaml they are left out of training"
    ) in refused.err


@pytest.mark.parametrize("names", [("tiny", "small", "a", "b", "c"), ("7", "8", "1", "2", "3")])
def test_classes_of_too_few_rows_are_left_out_and_said(
    training: Training, tmp_path: Path, names: tuple[str, ...]
) -> None:
    """By `schema` already, with the rows of each class; what it proposes is built."""
    tiny, small, one, two, three = names
    frequent = [one if x > 60 else two if x > 30 else three for x in X]
    labels = [tiny if row < 2 else small if row < 9 else label for row, label in enumerate(frequent)]

    told = proposal(training, tmp_path / "rows", labels)

    assert "to predict: one of 3 classes (multiclass); " in told
    assert told.count(" in ") >= 3
    quoted = f"{small} (7), {tiny} (2)" if tiny == "7" else f"'{small}' (7), '{tiny}' (2)"
    assert f"a model is trained on classes of at least 8 rows; there are fewer of {quoted}" in told
    assert "9 of 300 rows have no label" in told
    built = training("build", "--data", tmp_path / "rows" / "rows.csv", "--out", tmp_path / "mine")
    assert built.code == 0, built.err
    assert "it predicts one of 3 classes" in built.out


def test_a_rare_class_of_two_is_warned_of(training: Training, tmp_path: Path) -> None:
    """There would be nothing to tell apart without it: more rows are asked for."""
    told = proposal(training, tmp_path / "rows", ["yes" if row < 3 else "no" for row in range(ROWS)])
    assert "'no' in 297 rows, 'yes' in 3" in told
    assert "there are fewer of 'yes' (3): training needs more rows of them" in told
    assert "nullable" not in (tmp_path / "rows" / "schema.yaml").read_text()
