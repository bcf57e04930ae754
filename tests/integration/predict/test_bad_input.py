"""Bad input gets a 4xx problem document, is counted by its reason, and never gets into the stream."""

import json
import socket
import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from redis import Redis

from contract.keys import Partition
from predict.request.body.read import MAX_BODY, MAX_CONTENT_TYPE
from tests.support.processes.predict import Running

JSON = {"Content-Type": "application/json"}
HEAD = b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"


@pytest.fixture(autouse=True)
def nothing_is_logged(client: httpx.Client, redis: Redis, partition: Partition) -> Iterator[None]:
    """Whatever a test of this module sends, the stream stays empty and the service alive."""
    yield
    assert client.get("/health").is_success
    assert redis.xlen(partition.stream) == 0


def with_features(asked: dict[str, Any], **changes: Any) -> bytes:
    """A body whose features are changed; `...` leaves one out."""
    features = {name: value for name, value in (asked["features"] | changes).items() if value is not ...}
    return json.dumps({**asked, "features": features}).encode()


def refused(service: Running, status: int, reason: str, ask: Callable[[], httpx.Response]) -> Any:
    """Ask, check the problem document and its count, and return the document."""
    before = service.rejections()
    response = ask()
    problem = response.json()
    assert response.status_code == problem["status"] == status, problem
    assert response.headers["Content-Type"] == "application/problem+json"
    assert problem["reason"] == reason
    assert problem["detail"]
    assert service.rejections() == {**before, reason: before.get(reason, 0) + 1}
    return problem


def post(client: httpx.Client, content: Any, **headers: str) -> Callable[[], httpx.Response]:
    """A request with that body, to be sent when it is called."""
    return lambda: client.post("/predict", content=content, headers=headers or JSON)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"monthly_fee": ...}, "missing_field"),
        ({"surprise": 1}, "unknown_field"),
        ({"monthly_fee": "10"}, "wrong_type"),
        ({"monthly_fee": True}, "wrong_type"),
        ({"paperless_billing": 1}, "wrong_type"),
        ({"net_service": 1}, "wrong_type"),
        ({"net_service": None}, "null_value"),
        ({"monthly_fee": float("nan")}, "not_finite"),
        ({"monthly_fee": float("inf")}, "not_finite"),
        ({"monthly_fee": 10**400}, "not_finite"),
        ({"net_service": "x" * 257}, "text_length"),
    ],
)
def test_a_wrong_field_is_named(
    service: Running, client: httpx.Client, asked: Any, changes: dict[str, Any], reason: str
) -> None:
    """Status 422, and the count names the field, if it is a feature."""
    (field,) = changes
    counted = {"reason": reason, "field": field if field in asked["features"] else "other"}
    before = service.rejections(**counted).get(reason, 0)
    problem = refused(service, 422, reason, post(client, with_features(asked, **changes)))
    assert service.value("predict_rejections_total", **counted) == before + 1
    assert [(error["field"], error["reason"]) for error in problem["errors"]] == [
        (f"features.{field}", reason)
    ]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty_body"),
        (b"{", "invalid_json"),
        (b'{"features": {}} {}', "invalid_json"),
        (b"[" * 100_000, "too_deep"),
        (b'{"user_id": "\\ud800"}', "invalid_unicode"),
        (b'{"user_id": "\xff"}', "invalid_unicode"),
    ],
)
def test_a_body_that_is_no_json_is_refused(
    service: Running, client: httpx.Client, content: bytes, reason: str
) -> None:
    """Status 400."""
    refused(service, 400, reason, post(client, content))


@pytest.mark.parametrize("content", [b"[]", b'"x"', b"1", b"true"])
def test_a_body_of_another_type_is_refused(service: Running, client: httpx.Client, content: bytes) -> None:
    """The body itself is the field."""
    assert refused(service, 422, "wrong_type", post(client, content))["errors"][0]["field"] == "body"


def test_a_name_given_twice_is_refused(service: Running, client: httpx.Client, asked: Any) -> None:
    """One of the values would be ignored."""
    content = with_features(asked).replace(b'"monthly_fee"', b'"monthly_fee": 1, "monthly_fee"')
    assert "monthly_fee" in refused(service, 422, "duplicate_field", post(client, content))["detail"]


@pytest.mark.parametrize(
    "content_type", ["", "text/plain", "application/xml", "application/json; charset=utf-16", "json"]
)
def test_a_body_of_another_content_type_is_refused(
    service: Running, client: httpx.Client, asked: Any, content_type: str
) -> None:
    """Status 415, though it may be JSON all the same."""
    headers = {"Content-Type": content_type}
    refused(service, 415, "content_type", post(client, with_features(asked), **headers))


def test_a_content_type_is_not_parsed_beyond_its_limit(
    service: Running, client: httpx.Client, asked: Any
) -> None:
    """Its parser takes a second for one that fills a head, in which nobody else is answered."""
    content_type = f'application/json;"{";" * 30_000}'
    began = time.monotonic()
    refused(service, 415, "content_type", post(client, json.dumps(asked), **{"Content-Type": content_type}))
    assert time.monotonic() - began < 0.5


def test_a_content_type_within_its_limit_is_read(client: httpx.Client) -> None:
    """Parameters that mean nothing to JSON are ignored up to there, and not beyond."""
    prefix = "application/json; x="
    longest = prefix + "y" * (MAX_CONTENT_TYPE - len(prefix))
    assert post(client, b"{", **{"Content-Type": longest})().status_code == 400
    assert post(client, b"{", **{"Content-Type": longest + "y"})().status_code == 415


@pytest.mark.parametrize("parameters", ["charset*=utf-8; charset*0=utf-8", f"charset*{'9' * 5000}=x"])
def test_parameters_that_mean_nothing_are_refused(
    service: Running, client: httpx.Client, asked: Any, parameters: str
) -> None:
    """Whatever the standard library makes of them."""
    ask = post(client, json.dumps(asked), **{"Content-Type": f"application/json; {parameters}"})
    refused(service, 415, "content_type", ask)


def test_a_body_without_a_content_type_is_refused(service: Running, client: httpx.Client, asked: Any) -> None:
    """Nobody guesses."""
    refused(service, 415, "content_type", post(client, with_features(asked), Accept="*/*"))


def test_a_body_that_is_too_large_is_refused(service: Running, client: httpx.Client) -> None:
    """Status 413, before it is read as JSON."""
    refused(service, 413, "body_too_large", post(client, b" " * (MAX_BODY + 1)))


def test_a_body_that_does_not_tell_its_length_is_measured(service: Running, client: httpx.Client) -> None:
    """Chunked: the limit holds for what comes in."""
    chunks = (b" " * 65536 for _ in range(MAX_BODY // 65536 + 1))
    refused(service, 413, "body_too_large", post(client, chunks))


def test_the_largest_body_is_read(service: Running, client: httpx.Client) -> None:
    """One byte less is not too large, though it is no valid request."""
    refused(service, 400, "invalid_json", post(client, b" " * MAX_BODY))


def raw(service: Running, content: bytes) -> bytes:
    """What the service answers to bytes on a connection that then sends no more."""
    parts = urlsplit(service.url)
    with socket.create_connection((parts.hostname, parts.port), timeout=10) as connection:
        connection.sendall(content)
        connection.shutdown(socket.SHUT_WR)
        answer = b""
        while received := connection.recv(65536):
            answer += received
        return answer


def test_a_length_that_is_announced_too_large_is_not_waited_for(service: Running) -> None:
    """The answer comes at once."""
    before = service.rejections()
    assert raw(service, HEAD + b"Content-Length: 99999999\r\n\r\n").startswith(b"HTTP/1.1 413 ")
    assert service.rejections() == {**before, "body_too_large": before.get("body_too_large", 0) + 1}


def test_a_client_that_leaves_early_is_counted(service: Running) -> None:
    """There is nobody to answer; no error is logged."""
    before = service.rejections()
    head = (
        b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n{"
    )
    raw(service, head)
    assert service.rejections() == {**before, "disconnected": before.get("disconnected", 0) + 1}
    assert not [line for line in service.lines() if line["level"] == "error"]


@pytest.mark.parametrize(
    "content",
    [
        b"\r\n\r\n",
        b"\x00\xff\xfe" * 100,
        b"GET\r\n\r\n",
        b"POST /predict HTTP/9.9\r\n\r\n",
        b"POST /predict HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        b"POST /predict HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\nx",
        b"GET /\xff\xfe HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /%ff%00 HTTP/1.1\r\nHost: \xff\r\n\r\n",
        b"GET //// HTTP/1.1\r\nHost: [::1\r\n\r\n",
        b"POST /predict HTTP/1.1\r\nHost: a\r\nContent-Type: \xff\xfe\r\nContent-Length: 2\r\n\r\n{}",
        b"GET /health HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n",
        b"GET /ready HTTP/1.1\r\nHost: x\r\ntraceparent: 00-zz\r\nbaggage: " + b"a=b," * 500 + b"\r\n\r\n",
    ],
)
def test_what_is_hardly_http_ends_in_no_server_error(service: Running, content: bytes) -> None:
    """Whatever the parser or the instrumentation makes of it."""
    answer = raw(service, content)
    assert not answer.startswith(b"HTTP/1.1 5"), answer
    assert not [line for line in service.lines() if line["level"] == "error"]
