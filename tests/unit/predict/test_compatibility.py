"""A bundle that asks clients for other requests doesn't take over by itself."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bundle import Bundle, open_bundle
from predict.score.models.compatibility import difference


@pytest.fixture(scope="module")
def opened(bundle_path: Path) -> Bundle:
    """The example's model."""
    return open_bundle(bundle_path)


def changed(opened: Bundle, number: int, **feature: Any) -> Bundle:
    """The same model, one of whose features is another."""
    schema = opened.schema
    features = list(schema.features)
    features[number] = features[number].model_copy(update=feature)
    return with_schema(opened, features=features)


def with_schema(opened: Bundle, **fields: Any) -> Bundle:
    """The same model with other fields in its schema."""
    return replace(opened, schema=opened.schema.model_copy(update=fields))


def with_metadata(opened: Bundle, **fields: Any) -> Bundle:
    """The same model with other fields in its metadata."""
    return replace(opened, metadata=opened.metadata.model_copy(update=fields))


def test_the_same_requests_are_answered(opened: Bundle, bundle_path: Path) -> None:
    """By the same schema, wider ranges, and features that may now be null."""
    assert difference(opened, open_bundle(bundle_path)) is None
    assert difference(opened, changed(opened, 0, maximum=1e9)) is None
    assert difference(changed(opened, 0, nullable=False), changed(opened, 0, nullable=True)) is None


def test_other_requests_are_named(opened: Bundle) -> None:
    """In a sentence that says what clients would have to change."""
    features = opened.schema.features
    name = features[0].name
    other_kind = "boolean" if features[0].kind != "boolean" else "numerical"
    extra = features[0].model_copy(update={"name": "a_new_one"})
    told = {
        "its entity is customer, not user_id": with_schema(opened, entity="customer"),
        "it needs a_new_one, which requests don't have": with_schema(opened, features=[*features, extra]),
        f"it doesn't take {name}, which requests have": with_schema(opened, features=features[1:]),
        f"{name} is {other_kind}, not {features[0].kind}": changed(opened, 0, kind=other_kind),
        "it is of the model shop, not churn": with_metadata(opened, name="shop"),
        "its task is regression, not binary": with_metadata(opened, task="regression"),
        "its classes are others": with_metadata(opened, classes=("no", "yes")),
    }
    assert {difference(opened, model): None for model in told.values()} == dict.fromkeys(told)
    nullable = changed(opened, 0, nullable=True)
    assert difference(nullable, changed(opened, 0, nullable=False)) == f"{name} can't be null any more"


def test_a_version_that_comes_back_may_take_less(opened: Bundle) -> None:
    """Its features can't be null any more, as they could not before; else its requests are the same."""
    name = opened.schema.features[0].name
    narrow, wide = changed(opened, 0, nullable=False), changed(opened, 0, nullable=True)
    assert difference(wide, narrow) == f"{name} can't be null any more"
    assert difference(wide, narrow, comes_back=True) is None
    assert difference(wide, with_schema(narrow, entity="customer"), comes_back=True) is not None
    assert difference(wide, changed(opened, 0, kind="boolean"), comes_back=True) is not None


def test_a_probability_of_the_other_class_is_another_answer(opened: Bundle) -> None:
    """With the classes the other way round, `probability` is that of the class that was negative before."""
    flipped = with_metadata(opened, classes=tuple(reversed(opened.metadata.classes)))
    assert "its positive class is" in (difference(opened, flipped) or "")
