"""A body may be gzip: what it becomes counts, and nothing is inflated beyond the limit."""

import gzip
import json
import zlib
from typing import Any

import httpx
import pytest

from predict.request.body.read import MAX_BODY
from predict.request.rows import MAX_ROWS
from tests.support.http.load import Logged
from tests.support.processes.predict import Running

GZIP = {"Content-Type": "application/json", "Content-Encoding": "gzip"}


def test_a_gzip_body_is_a_body(client: httpx.Client, logged: Logged, asked: dict[str, Any]) -> None:
    """Of one member, of several, and under the encoding's older name."""
    body = json.dumps(asked).encode()
    members = gzip.compress(body[:40]) + gzip.compress(body[40:])
    plain = client.post("/predict", json=asked).json()
    for content, name in ((gzip.compress(body), "gzip"), (members, "gzip"), (gzip.compress(body), "X-GZIP")):
        answer = client.post("/predict", content=content, headers={**GZIP, "Content-Encoding": name})
        assert answer.status_code == 200, answer.text
        assert answer.json()["probability"] == plain["probability"]
    assert len(logged.ids) == 4


def test_a_batch_of_the_most_rows_may_be_gzip(client: httpx.Client, asked: dict[str, Any]) -> None:
    """It becomes a hundredth of its size."""
    content = gzip.compress(json.dumps({"rows": [asked] * MAX_ROWS}).encode())
    answer = client.post("/predict/batch", content=content, headers=GZIP)
    assert len(answer.json()["predictions"]) == MAX_ROWS


def test_labels_may_be_gzip(client: httpx.Client) -> None:
    """As every body may."""
    label = {"prediction_id": "018bcfe5-6800-7000-8000-000000000001", "label": True}
    content = gzip.compress(json.dumps({"labels": [label]}).encode())
    assert client.post("/labels", content=content, headers=GZIP).status_code == 202


def test_what_a_body_becomes_is_bounded(service: Running, client: httpx.Client, logged: Logged) -> None:
    """A hundred megabytes of spaces in a tenth of one are refused at their first megabyte."""
    bomb = zlib.compressobj(wbits=31)
    chunk = b" " * (1 << 20)
    content = b"".join(bomb.compress(chunk) for _ in range(100)) + bomb.flush()
    assert len(content) < MAX_BODY // 5
    answer = client.post("/predict", content=content, headers=GZIP)
    assert (answer.status_code, answer.json()["reason"]) == (413, "body_too_large")
    assert f"once inflated larger than {MAX_BODY} bytes" in answer.json()["detail"]
    assert service.rejections()["body_too_large"] >= 1
    assert not logged.ids


@pytest.mark.parametrize(
    "content",
    [
        b"{}",
        b"\x1f\x8b",
        gzip.compress(b"{}")[:-1],
        gzip.compress(b"{}" * 1000)[:30],
        gzip.compress(b"{}") + b"x",
        gzip.compress(b"{}")[:-8] + b"\0" * 8,
        zlib.compress(b"{}"),
    ],
    ids=["plain", "head", "cut by a byte", "cut", "followed", "checksum", "zlib"],
)
def test_what_is_no_whole_gzip_is_a_bad_request(client: httpx.Client, content: bytes) -> None:
    """Whatever is wrong with it."""
    answer = client.post("/predict", content=content, headers=GZIP)
    assert (answer.status_code, answer.json()["reason"]) == (400, "invalid_gzip")


def test_many_empty_members_are_refused_at_once(client: httpx.Client) -> None:
    """Each is twenty bytes that say nothing; a megabyte of them would be a second of work."""
    content = gzip.compress(b"", mtime=0) * 50_000
    answer = client.post("/predict", content=content, headers=GZIP)
    assert (answer.status_code, answer.json()["reason"]) == (400, "invalid_gzip")
    assert "more than 1000 members" in answer.json()["detail"]


def test_a_body_of_several_members_is_one(client: httpx.Client, asked: dict[str, Any]) -> None:
    """However they lie within what is read at a time."""
    text = json.dumps(asked).encode()
    members = [gzip.compress(text[at : at + 7]) for at in range(0, len(text), 7)]
    padded = [gzip.compress(b" " * 200_000), *members, gzip.compress(b" " * 200_000)]
    answer = client.post("/predict", content=b"".join(padded), headers=GZIP)
    assert answer.status_code == 200, answer.text


def test_what_the_gzip_holds_is_checked_as_ever(client: httpx.Client) -> None:
    """An empty body, and one that is no JSON."""
    for content, reason in (
        (b"", "empty_body"),
        (gzip.compress(b""), "empty_body"),
        (gzip.compress(b"{"), "invalid_json"),
    ):
        answer = client.post("/predict", content=content, headers=GZIP)
        assert (answer.status_code, answer.json()["reason"]) == (400, reason)


@pytest.mark.parametrize("name", ["deflate", "br", "zstd", "gzip, gzip", "gzip;q=1"])
def test_another_encoding_is_refused_with_the_one_that_is_taken(client: httpx.Client, name: str) -> None:
    """By RFC 9110 a 415 says which."""
    answer = client.post("/predict", content=b"{}", headers={**GZIP, "Content-Encoding": name})
    assert (answer.status_code, answer.json()["reason"]) == (415, "content_encoding")
    assert answer.headers["Accept-Encoding"] == "gzip"
