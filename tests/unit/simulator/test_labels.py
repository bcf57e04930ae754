"""What the labels of a month are about where no answers of a replay are at hand."""

import pytest

from contract.schema import Schema
from simulator.errors import OptionsError
from simulator.labels.about import about_entities
from simulator.labels.month import RowLabel

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
