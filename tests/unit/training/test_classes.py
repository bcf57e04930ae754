"""Which two values a label has, and which of them is positive."""

from typing import Any

import pandas as pd
import pytest
from contract.schema import Feature, Label, Schema
from training.errors import TrainingError
from training.model.classes import classes_of, positive_rows


def schema(positive: bool | int | str) -> Schema:
    """A schema with a label."""
    return Schema(
        entity="id",
        label=Label(name="left", positive=positive),
        features=[Feature(name="age", kind="numerical")],
    )


def labelled(values: list[Any]) -> pd.DataFrame:
    """A frame with a label, as the reader gives it."""
    return pd.DataFrame({"left": pd.Categorical(values)})


@pytest.mark.parametrize(
    ("values", "positive", "negative"),
    [
        ([True, False], True, False),
        ([True, False], False, True),
        ([0, 1, 1], 1, 0),
        ([7, 3], 7, 3),
        (["Yes", "No"], "Yes", "No"),
        (["Yes", "No"], "No", "Yes"),
    ],
)
def test_the_positive_value_is_the_schemas(
    values: list[Any], positive: bool | int | str, negative: bool | int | str
) -> None:
    """The other value of the data is the negative one, and both keep their type."""
    classes = classes_of(labelled(values), schema(positive))

    assert classes == (negative, positive)
    assert [type(value) for value in classes] == [type(negative), type(positive)]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([True], "label 'left' has 1 values (True); expected two"),
        ([0, 1, 2], "label 'left' has 3 values (0, 1, 2); expected two"),
        (list("abcdefg"), "label 'left' has 7 values ('a', 'b', 'c', 'd', 'e', …); expected two"),
        (["yes", "no"], "label 'left' has the values 'no', 'yes', but the schema's positive value is True"),
    ],
)
def test_a_label_that_cannot_be_learned_is_refused(values: list[Any], expected: str) -> None:
    """One value, more than two, and a positive value that doesn't occur are told apart."""
    with pytest.raises(TrainingError) as caught:
        classes_of(labelled(values), schema(True))

    assert str(caught.value) == expected


@pytest.mark.parametrize(
    ("positive", "classes"),
    [
        (True, (False, True)),
        (False, (True, False)),
        (1, (0, 1)),
        (0, (1, 0)),
        ("Yes", ("not Yes", "Yes")),
    ],
)
def test_without_labels_the_schema_suggests_the_classes(
    positive: bool | int | str, classes: tuple[Any, Any]
) -> None:
    """An existing model can be bundled with data that have no label."""
    assert classes_of(pd.DataFrame({"age": [1.0]}), schema(positive)) == classes


def test_without_a_label_a_prediction_is_false_or_true() -> None:
    """A schema need not name a label."""
    unlabelled = Schema(entity="id", features=[Feature(name="age", kind="numerical")])

    assert classes_of(pd.DataFrame({"age": [1.0]}), unlabelled) == (False, True)


def test_positive_rows_are_those_of_the_positive_value() -> None:
    """A mask as long as the frame."""
    mask = positive_rows(labelled(["No", "Yes", "No"]), Label(name="left", positive="No"))

    assert mask.tolist() == [True, False, True]
