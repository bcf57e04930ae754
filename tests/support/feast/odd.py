"""A feature server that does what Feast does rarely: it hangs, cuts answers off, or says something else."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any, Final

from contract.schema import Features, read_schema
from demo.machine.ports import HOST
from predict.request.openapi import request_example
from tests.support.paths import ROOT

SCHEMA: Final = read_schema(ROOT / "bundles" / "churn" / "schema.json")
TYPICAL: Final[Features] = request_example(SCHEMA)["features"]
EVENT: Final = "2026-01-31T00:00:00Z"

Say = Callable[[BaseHTTPRequestHandler, Sequence[str]], None]
"""Answers a call about these entities."""


@dataclass
class OddServer:
    """What it says from now on, and the entities of each call that it got."""

    url: str
    say: Say
    ended: Event
    calls: list[list[str]] = field(default_factory=list)


def values(**changed: Any) -> Say:
    """Answer with typical values of the example's features, changed as said."""

    def say(handler: BaseHTTPRequestHandler, entities: Sequence[str]) -> None:
        reply(handler, answer({**TYPICAL, **changed}, entities))

    return say


def answer(features: Mapping[str, Any], entities: Sequence[str]) -> bytes:
    """Feast's answer, if all entities had these features."""
    names = ["user_id", *(f"view__{name}" for name in features)]
    columns = [list(entities), *([value] * len(entities) for value in features.values())]
    results = [
        {
            "values": column,
            "statuses": ["PRESENT"] * len(entities),
            "event_timestamps": [EVENT] * len(entities),
        }
        for column in columns
    ]
    return json.dumps({"metadata": {"feature_names": names}, "results": results}).encode()


def reply(
    handler: BaseHTTPRequestHandler, body: bytes, status: int = 200, *, length: int | None = None
) -> None:
    """Send an answer; its head may promise another length than it has."""
    handler.send_response(status)
    handler.send_header("Content-Length", str(len(body) if length is None else length))
    handler.end_headers()
    handler.wfile.write(body)


def says(body: bytes, status: int = 200) -> Say:
    """Answer with this body."""
    return lambda handler, entities: reply(handler, body, status)


def cut_off(handler: BaseHTTPRequestHandler, entities: Sequence[str]) -> None:
    """Send half of an answer, and close the connection."""
    body = answer(TYPICAL, entities)
    reply(handler, body[: len(body) // 2], length=len(body))
    handler.close_connection = True


def hanging(odd: OddServer) -> Say:
    """Never answer, until the server ends."""

    def say(handler: BaseHTTPRequestHandler, entities: Sequence[str]) -> None:
        odd.ended.wait(60)

    return say


def refusing(bad: str, then: Say) -> Say:
    """Answer 500 where one of the entities is this one."""

    def say(handler: BaseHTTPRequestHandler, entities: Sequence[str]) -> None:
        (says(b'"failed"', 500) if bad in entities else then)(handler, entities)

    return say


@contextmanager
def odd_server() -> Iterator[OddServer]:
    """A server on a free port, for as long as the context lasts; it begins with typical values."""
    server = ThreadingHTTPServer((HOST, 0), BaseHTTPRequestHandler)
    server.daemon_threads = True
    odd = OddServer(f"http://{HOST}:{server.server_address[1]}", values(), Event())

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            assert (self.path, body["feature_service"], body["full_feature_names"]) == (
                "/get-online-features",
                "churn",
                True,
            )
            odd.calls.append(body["entities"]["user_id"])
            odd.say(self, body["entities"]["user_id"])

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    server.RequestHandlerClass = Handler
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield odd
    finally:
        odd.ended.set()
        server.shutdown()
        server.server_close()
        thread.join()
