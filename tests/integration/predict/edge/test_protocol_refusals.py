"""What is refused below the application has what every answer has: an id, a line, and who may read it."""

import signal
import socket
from collections.abc import Iterator
from contextlib import closing
from email.message import Message
from email.parser import BytesParser
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.support.http.last_answer import received_until_closed
from tests.support.processes.predict import EMBEDDED, Running, is_ready, serving
from tests.support.processes.redis import RedisServer
from tests.support.waiting import wait_for

APP = "https://app.example"
POST = "POST /predict HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
GET = "GET /model HTTP/1.1\r\nHost: x\r\n"


@pytest.fixture(scope="module")
def service(redis_server: RedisServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A service that has little patience, and a log of requests."""
    variables = {"REQUEST_TIMEOUT": "0.5", "ACCESS_LOG": "on", "CORS_ORIGINS": APP}
    with serving(tmp_path_factory.mktemp("predict"), redis_server.url, **variables, **EMBEDDED) as running:
        wait_for("predict to be ready", lambda: is_ready(running.url))
        yield running


def connect(url: str) -> socket.socket:
    """A connection to the service."""
    parts = urlsplit(url)
    return socket.create_connection((parts.hostname or "", parts.port or 0), timeout=30)


def answer(connection: socket.socket) -> tuple[int, Message, bytes]:
    """Status, head and body of the answer, after which the service closes."""
    received = received_until_closed(connection)
    line, _, rest = received.partition(b"\r\n")
    head, _, body = rest.partition(b"\r\n\r\n")
    return int(line.split()[1]), BytesParser().parsebytes(head), body


def with_id(given: str, *more: str) -> str:
    """Header fields: the request's id and others, with the line that ends the last."""
    return "\r\n".join([f"X-Request-ID: {given}", *more, ""])


REFUSED = {
    "a body that does not come": (408, "/predict", POST + with_id("{}", "Content-Length: 5") + "\r\n{"),
    "chunks that are none": (
        400,
        "/predict",
        POST + with_id("{}", "Transfer-Encoding: chunked") + "\r\nzz\r\n",
    ),
    "a head that does not come": (408, "unmatched", GET + with_id("{}") + "X"),
    "too many fields": (431, "unmatched", GET + with_id("{}") + "X: y\r\n" * 101 + "\r\n"),
    "a field too large": (431, "unmatched", GET + with_id("{}") + f"X: {'a' * 40_000}\r\n\r\n"),
    "two lengths": (400, "unmatched", GET + with_id("{}") + "Content-Length: 5\r\nContent-Length: 6\r\n\r\n"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_the_id_that_came_is_that_of_answer_and_line(service: Running, what: str) -> None:
    """Whatever was refused, it can be found in the log by its client's id."""
    status, route, content = REFUSED[what]
    given = what.replace(" ", "-")
    with closing(connect(service.url)) as connection:
        connection.sendall(content.replace("{}", given, 1).encode())
        found, head, body = answer(connection)
    assert found == status
    assert head.get_all("X-Request-ID") == [given]
    (line,) = wait_for("its line", lambda: [each for each in access(service) if each["request_id"] == given])
    assert (line["route"], line["status"], line["client"]) == (route, status, "127.0.0.1")
    assert line["bytes"] == len(body)


@pytest.mark.parametrize(
    "before", ["", f"HEAD{GET[3:]}X-Request-ID: earlier\r\n\r\n"], ids=["first", "second"]
)
@pytest.mark.parametrize(
    "content", ["GARBAGE\r\n\r\n", "\x16\x03\x01\r\n", f"GET /{'a' * 9_000} HTTP/1.1\r\nHost: x\r\n\r\n"]
)
def test_an_answer_to_what_has_no_id_gets_its_own(service: Running, before: str, content: str) -> None:
    """Never that of the request before it on the connection."""
    with closing(connect(service.url)) as connection:
        if before:
            connection.sendall(before.encode())
            assert b"earlier" in connection.recv(65536)
        connection.sendall(content.encode("latin-1"))
        status, head, _ = answer(connection)
    assert status in (400, 414)
    (made,) = head.get_all("X-Request-ID", [])
    assert len(made) == 32
    (line,) = wait_for("its line", lambda: [each for each in access(service) if each["request_id"] == made])
    assert (line["route"], line["status"]) == ("unmatched", status)


@pytest.mark.parametrize("what", REFUSED)
@pytest.mark.parametrize("origin", [APP, "https://evil.example"])
def test_a_page_can_read_a_refusal_that_it_may(service: Running, what: str, origin: str) -> None:
    """A browser that finds no right to it would call it a failure of the network."""
    status, _, content = REFUSED[what]
    content = content.replace("X-Request-ID: {}", f"Origin: {origin}", 1)
    with closing(connect(service.url)) as connection:
        connection.sendall(content.encode())
        found, head, _ = answer(connection)
    assert found == status
    assert head["Access-Control-Allow-Origin"] == (APP if origin == APP else None)
    assert head["Vary"] == "Origin"
    assert ("X-Request-ID" in head.get("Access-Control-Expose-Headers", "")) is (origin == APP)


def test_what_the_end_cuts_short_is_told(redis_url: str, tmp_path: Path) -> None:
    """A request that the service can't wait for is a 503 with its id, and may come again."""
    with serving(tmp_path, redis_url, REQUEST_TIMEOUT="60", ACCESS_LOG="on", **EMBEDDED) as running:
        wait_for("predict to be ready", lambda: is_ready(running.url))
        with closing(connect(running.url)) as connection:
            connection.sendall((POST + with_id("late", "Content-Length: 5") + "\r\n{").encode())
            wait_for("it to be under way", lambda: running.value("api_requests_total") >= 1)
            running.process.send_signal(signal.SIGTERM)
            status, head, body = answer(connection)
        wait_for("its end", lambda: running.process.poll() is not None)
        (line,) = [each for each in access(running) if each["request_id"] == "late"]
    assert (status, head["X-Request-ID"], head["Retry-After"]) == (503, "late", "1")
    assert b'"detail"' in body
    assert line["status"] == 503


def access(running: Running) -> list[dict[str, Any]]:
    """The lines of the access log so far."""
    return [line for line in running.lines() if line["logger"] == "predict.access"]
