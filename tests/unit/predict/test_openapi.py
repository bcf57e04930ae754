"""The OpenAPI page says what is accepted, and its example is."""

import asyncio
import json
from pathlib import Path

import pytest

from bundle import open_bundle
from contract.schema import Schema
from predict.request.openapi import request_body, request_example, rows_request_body
from predict.request.parse import RequestModel
from predict.request.rows import MAX_ROWS, read_rows

BARE = Schema.model_validate(
    {
        "entity": "id",
        "features": [
            {"name": "a", "kind": "numerical"},
            {"name": "b", "kind": "categorical"},
            {"name": "c", "kind": "boolean"},
        ],
    }
)


@pytest.fixture(params=["example", "bare"])
def schema(request: pytest.FixtureRequest, bundle_path: Path) -> Schema:
    """The example's schema, and one without ranges and categories."""
    return open_bundle(bundle_path).schema if request.param == "example" else BARE


def test_the_example_is_accepted(schema: Schema) -> None:
    """Whoever tries it out gets an answer."""
    example = request_example(schema)
    asked = RequestModel(schema).read(json.dumps(example).encode())
    assert asked.entity == example[schema.entity]
    assert asked.features == example["features"]


def test_the_example_of_many_rows_is_accepted(schema: Schema) -> None:
    """Its rows are what a request for one is, and as many as the page says are taken."""
    content = rows_request_body(schema, MAX_ROWS)["content"]["application/json"]
    rows = content["schema"]["properties"]["rows"]
    assert rows["items"] == request_body(schema)["content"]["application/json"]["schema"]
    assert (rows["minItems"], rows["maxItems"]) == (1, 1000)
    asked = asyncio.run(read_rows(RequestModel(schema), json.dumps(content["example"]).encode()))
    assert [row.entity for row in asked] == ["user-1", "user-2"]


def test_the_page_is_as_strict_as_the_service(schema: Schema) -> None:
    """Nothing is optional but the entity key, and nothing else is allowed."""
    request = request_body(schema)["content"]["application/json"]["schema"]
    features = request["properties"]["features"]
    assert request["required"] == ["features"]
    assert features["required"] == schema.feature_names == list(features["properties"])
    assert not request["additionalProperties"]
    assert not features["additionalProperties"]
