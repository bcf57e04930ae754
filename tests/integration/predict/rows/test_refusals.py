"""One bad row refuses all: every problem names index and field, and nothing is logged or counted."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.support.http.batches import customers
from tests.support.http.load import Logged
from tests.support.processes.predict import Running

JSON = {"Content-Type": "application/json"}


@pytest.fixture(autouse=True)
def nothing_is_logged_or_predicted(service: Running, logged: Logged) -> Iterator[None]:
    """Whatever a test of this module sends to the service."""
    before = service.value("predictions_total")
    yield
    assert logged.ids == []
    assert service.value("predictions_total") == before


def with_row(place: int, changes: dict[str, Any]) -> bytes:
    """Ten rows, one of whose features are changed; `...` leaves one out."""
    rows = customers(10)
    features = rows[place]["features"] | changes
    rows[place]["features"] = {name: value for name, value in features.items() if value is not ...}
    return json.dumps({"rows": rows}).encode()


def refused(service: Running, client: httpx.Client, content: bytes, status: int, reason: str) -> Any:
    """Send it, check the problem document and its count, and return the document."""
    before = service.rejections().get(reason, 0)
    answer = client.post("/predict/batch", content=content, headers=JSON)
    problem = answer.json()
    assert (answer.status_code, problem["reason"]) == (status, reason), problem
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert service.rejections()[reason] == before + 1
    return problem


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"monthly_fee": ...}, "missing_field"),
        ({"surprise": 1}, "unknown_field"),
        ({"monthly_fee": "10"}, "wrong_type"),
        ({"monthly_fee": [[[[[1]]]]]}, "wrong_type"),
        ({"monthly_fee": {"a": {"b": 1}}}, "wrong_type"),
        ({"net_service": None}, "null_value"),
        ({"monthly_fee": float("nan")}, "not_finite"),
        ({"monthly_fee": 10**400}, "not_finite"),
        ({"monthly_fee": 10**4200}, "not_finite"),
        ({"net_service": "x" * 257}, "text_length"),
    ],
)
def test_a_wrong_field_is_named_with_its_row(
    service: Running, client: httpx.Client, changes: dict[str, Any], reason: str
) -> None:
    """In the detail and in the list of errors; the count names the feature without the index."""
    (field,) = changes
    counted = {"reason": reason, "field": "other" if field == "surprise" else field}
    before = service.rejections(**counted).get(reason, 0)
    problem = refused(service, client, with_row(3, changes), 422, reason)
    assert problem["detail"].startswith(f"rows[3].features.{field}: ")
    assert [(error["field"], error["reason"]) for error in problem["errors"]] == [
        (f"rows[3].features.{field}", reason)
    ]
    assert service.rejections(**counted)[reason] == before + 1


def test_a_field_called_as_the_whole_is_named(service: Running, client: httpx.Client) -> None:
    """A row that is no object is named alone; an unknown field of it may be called `body`."""
    unknown = b'{"rows": [' + json.dumps(customers(1)[0] | {"body": 1}).encode() + b", 7]}"
    problem = refused(service, client, unknown, 422, "unknown_field")
    assert [error["field"] for error in problem["errors"]] == ["rows[0].body", "rows[1]"]


def test_a_number_of_too_many_digits_is_named(service: Running, client: httpx.Client) -> None:
    """The parser itself does not say where it is."""
    content = with_row(7, {"monthly_fee": 12345}).replace(b"12345", b"9" * 5000)
    problem = refused(service, client, content, 422, "not_finite")
    assert problem["errors"][0]["field"] == "rows[7].features.monthly_fee"


def test_a_name_given_twice_in_a_row_is_named(service: Running, client: httpx.Client) -> None:
    """One of the values would be ignored."""
    content = with_row(2, {"monthly_fee": 12345}).replace(b"12345", b'1, "monthly_fee": 2')
    problem = refused(service, client, content, 422, "duplicate_field")
    assert problem["errors"][0]["field"] == "rows[2].features.monthly_fee"


def test_the_problems_of_several_rows_are_listed(service: Running, client: httpx.Client) -> None:
    """In the order of the rows."""
    rows = customers(10)
    del rows[1]["features"]["net_service"]
    rows[4]["features"]["monthly_fee"] = None
    rows[8] = {"features": 1}
    problem = refused(service, client, json.dumps({"rows": rows}).encode(), 422, "missing_field")
    assert [error["field"] for error in problem["errors"]] == [
        "rows[1].features.net_service",
        "rows[4].features.monthly_fee",
        "rows[8].features",
    ]
    assert problem["detail"].endswith(", and 2 more")


def test_of_many_problems_twenty_are_listed(service: Running, client: httpx.Client) -> None:
    """The detail says so."""
    problem = refused(service, client, b'{"rows": [' + b",".join([b"{}"] * 900) + b"]}", 422, "missing_field")
    assert [error["field"] for error in problem["errors"]] == [f"rows[{at}].features" for at in range(20)]
    assert "the first 20 problems are listed" in problem["detail"]


@pytest.mark.parametrize(("count", "came"), [(0, "none"), (1001, "more")])
def test_too_few_and_too_many_rows_are_refused(
    service: Running, client: httpx.Client, asked: Any, count: int, came: str
) -> None:
    """The answer says what was expected."""
    content = json.dumps({"rows": [asked] * count}).encode()
    problem = refused(service, client, content, 422, "row_count")
    assert f"expected 1 to 1000 rows, but {came} came" in problem["detail"]
    assert problem["errors"][0]["field"] == "rows"


@pytest.mark.parametrize(
    ("content", "refusal"),
    [
        (b"", (400, "empty_body", "empty")),
        (b"{", (400, "invalid_json", "no valid JSON")),
        (b"[]", (422, "wrong_type", "body")),
        (b'{"rows": null}', (422, "null_value", "rows")),
        (b'{"rows": {}}', (422, "wrong_type", "rows")),
        (b"{}", (422, "missing_field", "rows")),
        (b'{"rows": [{}], "more": 1}', (422, "unknown_field", "more")),
        (b'{"rows": [{}], "rows": [{}]}', (422, "duplicate_field", "rows")),
        (b'{"rows": [{}]} {}', (400, "invalid_json", "no valid JSON")),
        (b'{"rows": [{}', (400, "invalid_json", "rows[0]")),
        (b'{"rows": [{},', (400, "invalid_json", "rows[1]")),
        (b'{"rows": [{} {}]}', (400, "invalid_json", "after rows[0]")),
        (b'{"rows": [1]}', (422, "wrong_type", "rows[0]")),
        (b'{"rows": [null]}', (422, "null_value", "rows[0]")),
        (b'{"rows": [{"features": ' + b"[" * 100_000, (400, "too_deep", "rows[0]")),
        (b'{"rows": [{"user_id": "\\ud800"}]}', (400, "invalid_unicode", "rows[0]")),
        (b'{"rows": [{"user_id": "\xff"}]}', (400, "invalid_unicode", "rows[0]")),
        (b'{"rows": [{"user_id": "' + b"x" * 2**20 + b'"}]}', (413, "body_too_large", "rows[0]")),
    ],
)
def test_a_body_that_is_no_list_of_rows_is_refused(
    service: Running, client: httpx.Client, content: bytes, refusal: tuple[int, str, str]
) -> None:
    """As far as a row can be told, it is named."""
    status, reason, said = refusal
    assert said in refused(service, client, content, status, reason)["detail"]


def test_other_content_types_and_encodings_are_refused(client: httpx.Client) -> None:
    """As for one row."""
    for headers, reason in (
        ({"Content-Type": "text/plain"}, "content_type"),
        ({**JSON, "Content-Encoding": "deflate"}, "content_encoding"),
    ):
        answer = client.post("/predict/batch", content=with_row(0, {}), headers=headers)
        assert (answer.status_code, answer.json()["reason"]) == (415, reason)
