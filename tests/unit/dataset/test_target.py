"""Which task a label sets, and what its classes are."""

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from contract.task import ClassValue, Task
from dataset import DataError, Options, Target, propose_schema
from tests.support.data.tables import write_csv


def proposed(path: Path, values: list[Any], task: Task | None = None) -> Any:
    """The schema that is proposed for a table with this label."""
    content: dict[str, list[Any]] = {
        "id": [f"k{row}" for row in range(len(values))],
        "age": [row % 7 / 2 for row in range(len(values))],
    }
    return propose_schema(
        write_csv(path / "rows.csv", {**content, "y": values}), Options("id", "y", task)
    ).schema


@pytest.mark.parametrize(
    ("values", "task", "classes"),
    [
        (["a", "b", "c"] * 4, "multiclass", ["a", "b", "c"]),
        ([1, 2, 3] * 4, "multiclass", [1, 2, 3]),
        ([row + 0.5 for row in range(12)], "regression", None),
        ([3 * row for row in range(60)], "regression", None),
        (["Yes", "No"] * 6, None, None),
        ([0, 1] * 6, None, None),
    ],
)
def test_the_values_set_the_task(
    tmp_path: Path, values: list[Any], task: Task | None, classes: list[ClassValue] | None
) -> None:
    """Several texts or a few whole numbers are classes, other numbers are to be predicted; two are binary."""
    schema = proposed(tmp_path, values)

    assert (schema.task, schema.classes) == (task, classes)


def test_a_task_may_be_given(tmp_path: Path) -> None:
    """Whole numbers may be amounts, and two classes may have a probability each."""
    assert proposed(tmp_path, [1, 2, 3] * 4, "regression").task == "regression"
    assert proposed(tmp_path, [0, 1] * 4, "multiclass").classes == [0, 1]


@pytest.mark.parametrize(
    ("task", "values", "expected"),
    [
        ("binary", ["a", "b", "c"], "has 3 values ('a', 'b', 'c'); a binary label has two"),
        ("regression", ["a", "b", "c"], "row 1: 'a' is not a number"),
        ("regression", [1.5, 2.5, "1e39"], "row 3: '1e39' is beyond ±3.4e+38"),
        (None, [1.5, 2.5, "-1e160"], "row 3: '-1e160' is beyond ±3.4e+38"),
        ("multiclass", [0.5, 1.5, 2.5], "row 1: '0.5' is not a whole number"),
        (None, [1.5, 2.5, "n/k", 3.5, 4.5], "row 3: 'n/k' is not a number"),
        (None, [f"t{row}" for row in range(150)], "has 150 different texts; expected at most 100 classes"),
    ],
)
def test_a_task_that_the_values_contradict_is_refused(
    tmp_path: Path, task: Task | None, values: list[Any], expected: str
) -> None:
    """The message names the values."""
    with pytest.raises(DataError) as caught:
        proposed(tmp_path, values, task)

    assert expected in str(caught.value)


@given(st.lists(st.sampled_from(["a", "b", "no", "yes", "1"]), min_size=2, max_size=30))
def test_two_classes_are_the_negative_and_the_positive_one(values: list[str]) -> None:
    """Whatever the texts, a binary target has both, and the positive one is one of them."""
    assume(len({*values}) == 2)
    target = Target().settled(pd.Series(pd.Categorical(values)), "y")

    assert target.task == "binary"
    assert target.classes is not None
    assert {*target.classes} == {*values}
    assert target.classes[1] == target.positive
