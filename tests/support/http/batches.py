"""Requests with many rows, of the example's customers."""

import json
from collections.abc import Sequence
from functools import cache
from typing import Any

import httpx

from bundle import open_bundle
from tests.support.data.month_records import month_records
from tests.support.paths import ROOT

Row = dict[str, Any]
"""What the body of a request for one row is."""


@cache
def _bodies() -> list[str]:
    records = month_records(
        ROOT / "data" / "streamflow" / "month_001", open_bundle(ROOT / "bundles" / "churn")
    )
    rows = [(record.entity, json.loads(record.features_json)) for record in records]
    return [json.dumps({"user_id": entity, "features": features}) for entity, features in rows]


def customers(count: int, first: int = 0) -> list[Row]:
    """So many rows of the example's month_001, from the one at the place `first`."""
    return [json.loads(body) for body in _bodies()[first : first + count]]


def post_rows(client: httpx.Client, rows: Sequence[Row], key: str | None = None) -> httpx.Response:
    """Send the rows in one request, under an Idempotency-Key if there is one."""
    headers = {} if key is None else {"Idempotency-Key": key}
    return client.post("/predict/batch", json={"rows": rows}, headers=headers)


def ids_of(answer: httpx.Response) -> list[str]:
    """The prediction ids of an answer that has to be 200, in its order."""
    assert answer.status_code == 200, answer.text
    return [prediction["prediction_id"] for prediction in answer.json()["predictions"]]
