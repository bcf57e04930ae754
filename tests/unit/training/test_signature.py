"""A schema becomes the signature of an MLflow model, and a signature a schema."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.schema import Feature, Schema
from contract.task import Kind
from training.errors import TrainingError
from training.registered.signature import schema_of, signature_of

FEATURES = st.lists(
    st.builds(
        Feature,
        name=st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=20),
        kind=st.sampled_from(Kind.__args__),  # type: ignore[attr-defined]  # a Literal's values
        nullable=st.booleans(),
    ),
    min_size=1,
    unique_by=lambda feature: feature.name,
)


@given(FEATURES)
def test_names_kinds_and_what_may_be_missing_come_back(features: list[Feature]) -> None:
    """In their order, whatever the names; entity and label are the data's own."""
    names = {feature.name for feature in features}
    entity, label = "the entity", "the label"
    if names & {entity, label, "features", "row"}:
        return

    signature = signature_of(Schema(entity=entity, features=features))

    assert schema_of(signature["inputs"], entity, label).features == features
    assert schema_of(signature["inputs"], None, None).ids == "none"


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        ({"type": "datetime", "name": "when"}, "the model's signature has when of the type datetime"),
        ({"type": "double"}, "a column without a name of the type double"),
        ({"type": "tensor", "tensor-spec": {"dtype": "float32", "shape": [-1, 3]}}, "of the type tensor"),
        ({"type": "double", "name": "a\nb"}, "the model's signature makes no schema: name"),
        ({"type": "double", "name": ""}, "the model's signature makes no schema: name"),
        ({"type": "double", "name": "y"}, "y is named more than once"),
        ("double", "can't be read: expected a list of columns"),
    ],
)
def test_a_signature_that_makes_no_schema_is_refused(column: Any, expected: str) -> None:
    """With what to do: have a schema proposed."""
    with pytest.raises(TrainingError, match=expected.replace("(", r"\(")) as refused:
        schema_of(json.dumps([column]), "id", "y")

    assert "training schema DATA --label COLUMN --out schema.yaml" in str(refused.value)


def test_older_signatures_say_optional_instead_of_required() -> None:
    """MLflow 1 and 2 wrote them so."""
    inputs = '[{"type": "long", "name": "a"}, {"type": "float", "name": "b", "optional": true}]'

    assert [each.nullable for each in schema_of(inputs, None, None).features] == [False, True]
