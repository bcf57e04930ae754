"""A server that answers as MLflow never does."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from demo.machine.ports import HOST

VERSION = "/api/2.0/mlflow/registered-models/alias"
MODEL = "/api/2.0/mlflow/registered-models/get"
VERSIONS = "/api/2.0/mlflow/model-versions/search"
LOCATION = "/api/2.0/mlflow/model-versions/get-download-uri"
LISTING = "/api/2.0/mlflow-artifacts/artifacts"


@dataclass
class Strange:
    """What it answers by path, and the Authorization of each request."""

    url: str
    answers: dict[str, tuple[int, dict[str, str], bytes]] = field(default_factory=dict)
    asked_by: list[str | None] = field(default_factory=list)

    def says(self, path: str, content: bytes | Mapping[str, Any], status: int = 200, **headers: str) -> None:
        """Answer a path with this content, or JSON; a header's name has `_` for `-`."""
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.answers[path] = (status, {"Content-Length": str(len(body)), **named}, body)

    def has_version(self, *files: Mapping[str, Any]) -> None:
        """Have version 1 of `churn` with these entries in its folder `bundle`."""
        self.says(VERSION, {"model_version": {"name": "churn", "version": "1", "status": "READY"}})
        self.says(LOCATION, {"artifact_uri": "mlflow-artifacts:/1/model"})
        self.says(LISTING, {"files": list(files)})


@contextmanager
def strange_server() -> Iterator[Strange]:
    """A server on a free port, for as long as the context lasts."""
    server = ThreadingHTTPServer((HOST, 0), BaseHTTPRequestHandler)
    strange = Strange(f"http://{HOST}:{server.server_address[1]}")

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            strange.asked_by.append(self.headers["Authorization"])
            path = self.path.partition("?")[0]
            status, headers, body = strange.answers.get(path, (404, {"Content-Length": "0"}, b""))
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    server.RequestHandlerClass = Handler
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield strange
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
