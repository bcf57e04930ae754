"""What a client sends beyond the limits of HTTP is refused, told, counted, and costs nobody else anything."""

import json
import socket
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.support.http.last_answer import received_until_closed
from tests.support.http.load import send
from tests.support.processes.predict import EMBEDDED, Running, is_ready, serving
from tests.support.processes.redis import RedisServer
from tests.support.waiting import wait_for

CHUNKED = b"POST /predict HTTP/1.1\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
"""A head whose body comes in chunks."""

TIMEOUT = 1.0
"""REQUEST_TIMEOUT of the service under test, in seconds."""

KEEP_ALIVE = 2
"""KEEP_ALIVE of it, in seconds."""


@pytest.fixture(scope="module")
def service(redis_server: RedisServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A service that has little patience."""
    folder = tmp_path_factory.mktemp("predict")
    with serving(
        folder, redis_server.url, REQUEST_TIMEOUT=str(TIMEOUT), KEEP_ALIVE=str(KEEP_ALIVE), **EMBEDDED
    ) as running:
        wait_for("predict to be ready", lambda: is_ready(running.url))
        yield running


def connect(service: Running) -> socket.socket:
    """A connection to the service."""
    parts = urlsplit(service.url)
    return socket.create_connection((parts.hostname or "", parts.port or 0), timeout=15)


def answer(connection: socket.socket) -> tuple[int, dict[str, Any]]:
    """The status and the JSON body of the one answer, after which the service closes."""
    received = received_until_closed(connection)
    head, _, body = received.partition(b"\r\n\r\n")
    assert b"connection: close" in head.lower()
    return int(head.split()[1]), json.loads(body)


def exchange(service: Running, content: bytes) -> tuple[int, dict[str, Any]]:
    """Send it all, as far as the service takes it, and read the answer."""
    with closing(connect(service)) as connection:
        with suppress(BrokenPipeError, ConnectionResetError):
            connection.sendall(content)
        return answer(connection)


def read(connection: socket.socket, end: bytes, times: int = 1) -> bytes:
    """What the service answers, until the text has come so often."""
    received = b""
    while received.count(end) < times:
        block = connection.recv(65536)
        assert block, received
        received += block
    return received


def send_slowly(connection: socket.socket, content: bytes) -> None:
    """Send a byte now and then."""
    for byte in content:
        connection.send(bytes([byte]))
        time.sleep(0.05)


def request(body: bytes, *headers: str, path: str = "/predict") -> bytes:
    """A request to predict."""
    lines = [f"POST {path} HTTP/1.1", "Host: x", "Content-Type: application/json", *headers]
    return "\r\n".join([*lines, f"Content-Length: {len(body)}", "", ""]).encode() + body


@pytest.mark.parametrize(
    ("content", "status", "reason"),
    [
        (b"GARBAGE\r\n\r\n", 400, "malformed_http"),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400, "malformed_http"),
        (
            b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n",
            400,
            "malformed_http",
        ),
        (CHUNKED + b"zz\r\n", 400, "malformed_http"),
        (b"CONNECT x HTTP/1.1\r\nHost: x\r\n\r\n", 400, "malformed_http"),
        (b"GET http:// HTTP/1.1\r\nHost: x\r\n\r\n", 400, "malformed_http"),
        (b"GET http://x HTTP/1.1\r\nHost: x\r\n\r\n", 400, "malformed_http"),
        (b"GET http://x:/ HTTP/1.1\r\nHost: x\r\n\r\n", 400, "malformed_http"),
        (b"GET /" + b"a" * 9_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", 414, "target_too_long"),
        (b"GET / HTTP/1.1\r\nX: " + b"a" * 40_000 + b"\r\n\r\n", 431, "header_too_large"),
        (b"GET / HTTP/1.1\r\nX: " + b"a" * 30_000_000, 431, "header_too_large"),
        (b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 101 + b"\r\n", 431, "header_too_large"),
    ],
)
def test_what_is_beyond_the_limits_is_refused(
    service: Running, content: bytes, status: int, reason: str
) -> None:
    """With a problem document, and counted twice: as a request, and by its reason."""
    before, requests = service.rejections().get(reason, 0), all_requests(service)
    assert exchange(service, content)[0] == status
    wait_for("it to be counted", lambda: service.rejections().get(reason, 0) == before + 1)
    wait_for("the request to be counted", lambda: all_requests(service) == requests + 1)


def test_a_refusal_says_what_was_expected(service: Running) -> None:
    """As every refusal does."""
    _, problem = exchange(service, b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 101 + b"\r\n")
    assert problem == {
        "type": "about:blank",
        "title": "Request Header Fields Too Large",
        "status": 431,
        "detail": "there are more than 100 header fields",
        "reason": "header_too_large",
    }


@pytest.mark.parametrize(
    "sent",
    [
        b"P",
        b"POST /predict HTTP/1.1\r\nHost: x\r\n",
        request(b"{" * 100)[:-50],
        request(b'{"rows": [' + b" " * 4_000_000, path="/predict/batch")[:-50],
    ],
    ids=["method", "head", "body", "rows"],
)
def test_a_request_that_does_not_come_in_is_refused(service: Running, sent: bytes) -> None:
    """However slowly it goes on."""
    with closing(connect(service)) as connection:
        began = time.monotonic()
        connection.sendall(sent)
        status, problem = answer(connection)
        assert (status, problem["reason"]) == (408, "timeout")
        assert TIMEOUT * 0.9 < time.monotonic() - began < TIMEOUT + 3


def test_a_client_that_dribbles_is_cut_off(service: Running) -> None:
    """A byte now and then keeps no connection open."""
    with closing(connect(service)) as connection:
        began = time.monotonic()
        with pytest.raises(OSError, match=r"[Rr]eset|[Bb]roken"):
            send_slowly(connection, request(b" " * 1_000))
        assert time.monotonic() - began < TIMEOUT + 3


def test_a_connection_that_says_nothing_is_closed(service: Running) -> None:
    """Without a word."""
    with closing(connect(service)) as connection:
        assert connection.recv(100) == b""


def test_a_client_that_pipelines_without_end_is_cut_off(service: Running) -> None:
    """Its requests do not pile up; others are served meanwhile."""
    memory = resident(service)
    requests = b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n" * 100_000
    received = b""
    with closing(connect(service)) as connection, suppress(ConnectionResetError, BrokenPipeError):
        connection.sendall(requests)
        while block := connection.recv(65536):
            received += block
    assert received.count(b"alive") < 1_000
    assert resident(service) - memory < 30
    assert is_ready(service.url)


def test_an_ordinary_pipeline_is_served(service: Running) -> None:
    """In its order, on one connection."""
    content = b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n" * 20
    with closing(connect(service)) as connection:
        connection.sendall(content)
        read(connection, b"alive", times=20)


@pytest.mark.parametrize("name", ["Upgrade", "upgrade", "UPGRADE"])
def test_a_wish_for_another_protocol_is_ignored(service: Running, asked: dict[str, Any], name: str) -> None:
    """As `curl --http2` has it; its body is served like any other."""
    upgrade = ("Connection: Upgrade, HTTP2-Settings", f"{name}: h2c", "HTTP2-Settings: AAMAAABk")
    with closing(connect(service)) as connection:
        connection.sendall(request(json.dumps(asked).encode(), *upgrade))
        assert read(connection, b"model_version").startswith(b"HTTP/1.1 200")


def test_a_wish_in_two_pieces_hides_no_request(service: Running) -> None:
    """The body behind it is never served as a request of its own."""
    hidden = b"GET /model HTTP/1.1\r\nHost: x\r\n\r\n"
    head = (
        f"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Length: {len(hidden)}\r\nConnection: Upgrade\r\nUpgr"
    )
    with closing(connect(service)) as connection:
        for piece in (head.encode(), b"ade: h2c\r\n\r\n", hidden):
            connection.sendall(piece)
            time.sleep(0.2)  # so that each is received alone
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    assert answer.startswith(b"HTTP/1.1 4")
    assert answer.count(b"HTTP/1.1") == 1


def test_a_body_in_another_encoding_is_refused(service: Running) -> None:
    """Nobody could read it."""
    with closing(connect(service)) as connection:
        connection.sendall(request(b"\x1f\x8b", "Content-Encoding: br"))
        assert read(connection, b"content_encoding").startswith(b"HTTP/1.1 415")


def test_requests_one_after_another_share_a_connection(service: Running, asked: dict[str, Any]) -> None:
    """For longer than one of them may take."""
    body = json.dumps(asked).encode()
    with closing(connect(service)) as connection:
        for _ in range(4):
            connection.sendall(request(body))
            assert read(connection, b"model_version").startswith(b"HTTP/1.1 200")
            time.sleep(TIMEOUT / 2)


def test_trailers_without_end_are_refused(service: Running) -> None:
    """They come after a body, and are bounded as the head before it is."""
    chunked = (
        b"POST /predict HTTP/1.1\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    )
    status, problem = exchange(service, chunked + b"1\r\n{\r\n0\r\nX: " + b"a" * 30_000_000)
    assert (status, problem["reason"]) == (431, "header_too_large")


def test_a_refusal_is_counted_once(service: Running) -> None:
    """Also where the route has begun to wait for the body."""
    before, requests = service.rejections(), all_requests(service)
    assert exchange(service, request(b"{" * 100)[:-50])[0] == 408
    wait_for("the request to be counted", lambda: all_requests(service) == requests + 1)
    after = service.rejections()
    assert {reason: count - before.get(reason, 0) for reason, count in after.items()} == {
        **dict.fromkeys(after, 0),
        "timeout": 1,
    }


def test_an_idle_connection_is_kept_for_keep_alive(service: Running) -> None:
    """Longer than a request may take, so that a client finds it open; then it is closed."""
    with closing(connect(service)) as connection:
        connection.sendall(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n")
        read(connection, b"alive")
        began = time.monotonic()
        assert connection.recv(100) == b""
        assert KEEP_ALIVE * 0.9 < time.monotonic() - began < KEEP_ALIVE + 3


def test_an_empty_line_keeps_no_connection_open(service: Running) -> None:
    """It is no request, and starts none."""
    with closing(connect(service)) as connection:
        connection.sendall(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n")
        read(connection, b"alive")
        connection.sendall(b"\r\n")
        assert connection.recv(100) == b""


def test_a_body_that_is_longer_than_it_said_is_another_request(
    service: Running, asked: dict[str, Any]
) -> None:
    """The first is answered; what follows it is no request."""
    with closing(connect(service)) as connection:
        connection.sendall(request(json.dumps(asked).encode()) + b"more of it")
        received = b""
        with suppress(ConnectionResetError):
            while block := connection.recv(65536):
                received += block
    assert received.startswith(b"HTTP/1.1 200") or received == b""


def test_a_client_that_waits_to_be_told_to_go_on_is_told(service: Running, asked: dict[str, Any]) -> None:
    """As curl does with a large body."""
    body = json.dumps(asked).encode()
    head, _, _ = request(body, "Expect: 100-continue").partition(b"\r\n\r\n")
    with closing(connect(service)) as connection:
        connection.sendall(head + b"\r\n\r\n")
        read(connection, b"100 Continue\r\n\r\n")
        connection.sendall(body)
        assert b"200 OK" in read(connection, b"model_version")


def test_two_workers_have_the_limits(redis_url: str, tmp_path: Path, asked: dict[str, Any]) -> None:
    """They hold for every process."""
    variables = {"PREDICT_WORKERS": "2", "OTEL_SDK_DISABLED": "true", "REQUEST_TIMEOUT": "1"}
    with serving(tmp_path, redis_url, **variables) as running:
        wait_for("predict to be ready", lambda: is_ready(running.url))
        assert send(running.url, asked, 20).statuses == {200: 20}
        for _ in range(4):
            assert exchange(running, b"GET / HTTP/1.1\r\nX: " + b"a" * 40_000 + b"\r\n\r\n")[0] == 431


def all_requests(service: Running) -> float:
    """How many requests were counted, but for the tests' own looks at the metrics."""
    return sum(
        value
        for name, value in service.samples().items()
        if name.startswith("api_requests_total") and 'method="GET"' not in name
    )


def resident(service: Running) -> float:
    """The memory that the service holds, in MiB."""
    status = Path(f"/proc/{service.process.pid}/status").read_text()
    (line,) = [line for line in status.splitlines() if line.startswith("VmRSS:")]
    return int(line.split()[1]) / 1024
