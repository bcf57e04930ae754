"""What the labels of a month are about where no answers of a replay are at hand."""

from pathlib import Path

import pytest

from contract.schema import Schema
from simulator.errors import OptionsError
from simulator.labels.about import about_entities
from simulator.labels.month import RowLabel, read_labels
from tests.support.data.tables import write_csv

LABELS = [RowLabel(1, "ada", value=True), RowLabel(2, "bob", value=False)]


def schema(ids: str | None) -> Schema:
    """A schema whose rows have ids, or don't."""
    content = {"entity": "user_id", "features": [{"name": "fee", "kind": "numerical"}]}
    return Schema.model_validate({**content, "ids": ids})


def test_a_row_with_an_id_of_its_own_is_known_by_it() -> None:
    """Its label is about the entity's last prediction."""
    assert about_entities(LABELS, schema(None)) == [
        {"user_id": "ada", "label": True},
        {"user_id": "bob", "label": False},
    ]


@pytest.mark.parametrize(("ids", "which"), [("repeat", "may repeat ids"), ("none", "have no ids")])
def test_other_rows_are_known_by_their_answers_alone(ids: str, which: str) -> None:
    """Else the labels of several rows would all be about one prediction, or about another row's."""
    with pytest.raises(OptionsError, match=f"rows {which} .*needs --answers"):
        about_entities(LABELS, schema(ids))


def test_rows_without_a_label_that_the_model_knows_are_counted(tmp_path: Path) -> None:
    """They keep their numbers, and nothing is sent of them."""
    path = write_csv(
        tmp_path / "rows.csv",
        {"user_id": list("abcdef"), "fee": [1, 2, 3, 4, 5, 6], "plan": ["S", "", "M", "NA", "XXL", "s-old"]},
    )
    label = {"name": "plan", "nullable": True, "missing": ["S-OLD"]}
    document = schema(None).model_dump(exclude_none=True) | {"label": label}
    served = Schema.model_validate({**document, "task": "multiclass", "classes": ["M", "S"]})

    month = read_labels(path, served, ["M", "S"])

    assert month.labels == [RowLabel(1, "a", "S"), RowLabel(3, "c", "M")]
    assert (month.unlabelled, month.unknown) == (3, 1)
    assert month.left_out == "; rows without a label: 3; rows of classes that the model does not have: 1"


def test_a_third_class_of_two_is_not_sent(tmp_path: Path) -> None:
    """predict would refuse it, and with it all labels of the request."""
    path = write_csv(
        tmp_path / "rows.csv", {"user_id": list("abc"), "fee": [1, 2, 3], "state": ["gone", "stays", "?"]}
    )
    label = {"name": "state", "positive": "gone"}
    served = Schema.model_validate({**schema(None).model_dump(exclude_none=True), "label": label})

    month = read_labels(path, served, ["stays", "gone"])

    assert month.labels == [RowLabel(1, "a", "gone"), RowLabel(2, "b", "stays")]
    assert (month.unlabelled, month.unknown) == (0, 1)
