"""One request to MLflow: its answer, or one of the named errors."""

import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import IO, Any, Final

import httpx

from registry.access import RegistryAccess
from registry.errors import (
    AccessRefusedError,
    RefusedByRegistryError,
    RegistryAwayError,
    RegistryError,
    UnknownModelError,
    UnreachableRegistryError,
)

API: Final = "/api/2.0/mlflow"

TIMEOUT: Final = httpx.Timeout(10, connect=5)
"""Seconds for a connection, and for each part of an answer."""

JSON_SECONDS: Final = 30.0
FILE_SECONDS: Final = 900.0
"""In which a whole answer has to come, however steadily its parts do."""

KEPT: Final = httpx.Limits(keepalive_expiry=2)
"""MLflow's server closes a connection that was idle for 5 s, which is also how often one polls."""

MOST_JSON: Final = 32 * 1024 * 1024
"""Bytes of an answer that isn't a file."""


class MlflowHttp:
    """A connection to one MLflow server; threads may share it, processes may not."""

    def __init__(self, access: RegistryAccess) -> None:
        self.uri = access.uri.rstrip("/")
        self._client = httpx.Client(
            auth=access.auth, headers=access.headers, timeout=TIMEOUT, limits=KEPT, follow_redirects=False
        )

    def close(self) -> None:
        """Close its connections."""
        self._client.close()

    def get(self, path: str, **parameters: str) -> dict[str, Any]:
        """What MLflow answers to a question below /api/2.0/mlflow; raises RegistryError."""
        return self.json("GET", f"{API}/{path}", params=parameters)

    def post(self, path: str, **fields: Any) -> dict[str, Any]:
        """What MLflow answers to a command below /api/2.0/mlflow; raises RegistryError."""
        return self.json("POST", f"{API}/{path}", json=fields)

    def put(self, path: str, content: IO[bytes]) -> None:
        """Write a file; raises RegistryError."""
        size = os.fstat(content.fileno()).st_size
        with self.answer("PUT", path, content=content, headers={"Content-Length": str(size)}):
            pass

    def json(self, method: str, path: str, **options: Any) -> dict[str, Any]:
        """The JSON object that MLflow answers; raises RegistryError."""
        with self.answer(method, path, **options) as answer:
            found = _object(b"".join(self.parts(answer, MOST_JSON, JSON_SECONDS)))
            if found is None:
                raise self.strange(f"{answer.headers.get('Content-Type', 'text')} instead of JSON")
            return found

    def parts(self, answer: httpx.Response, most: int, seconds: float = FILE_SECONDS) -> Iterator[bytes]:
        """The content of an answer; raises RegistryAwayError where it is too much, or takes too long."""
        ends, room = time.monotonic() + seconds, most
        for part in answer.iter_bytes():
            room -= len(part)
            if room < 0:
                raise self.strange(f"more than {most:,} bytes")
            if time.monotonic() > ends:
                raise UnreachableRegistryError(
                    f"MLflow at {self.uri} didn't answer completely in {seconds:g} s"
                )
            yield part

    @contextmanager
    def answer(self, method: str, path: str, **options: Any) -> Iterator[httpx.Response]:
        """A successful answer whose content is still to be read; raises RegistryError, also from that."""
        try:
            with self._client.stream(method, f"{self.uri}{path}", **options) as answer:
                if not answer.is_success:
                    raise self._error(answer)
                yield answer
        except httpx.TransportError as error:
            why = str(error) or type(error).__name__
            raise UnreachableRegistryError(f"MLflow at {self.uri} can't be reached: {why}") from error
        except httpx.HTTPError as error:  # such as content that can't be decoded
            raise self.strange(str(error)) from error

    def text(self, found: Any, *way: str) -> str:
        """The text at the end of a way of names into an answer; raises RegistryAwayError without one."""
        for name in way:
            found = found.get(name) if isinstance(found, dict) else None
        if not isinstance(found, str):
            raise self.strange(f"no {'.'.join(way)}")
        return found

    def object(self, found: dict[str, Any], name: str) -> dict[str, Any]:
        """The object of a name in an answer; raises RegistryAwayError without one."""
        if not isinstance(value := found.get(name), dict):
            raise self.strange(f"{name} isn't an object")
        return value

    def items(self, found: dict[str, Any], name: str) -> list[Any]:
        """The list of a name in an answer, where none is an empty one; raises RegistryAwayError."""
        value = found.get(name)
        if value is not None and not isinstance(value, list):
            raise self.strange(f"{name} isn't a list")
        return value or []

    def strange(self, what: str) -> RegistryAwayError:
        """The error for an answer that isn't one of MLflow's."""
        return RegistryAwayError(f"MLflow at {self.uri} doesn't answer as MLflow does: {what}")

    def _error(self, answer: httpx.Response) -> RegistryError:
        status = answer.status_code
        said = _object(b"".join(self.parts(answer, MOST_JSON, JSON_SECONDS))) or {}
        code, words = said.get("error_code"), str(said.get("message") or said.get("detail") or "")[:1000]
        if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
            return AccessRefusedError(
                f"MLflow at {self.uri} refuses access ({status}{f': {words}' if words else ''}); "
                "set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN"
            )
        if answer.has_redirect_location:
            return self.strange(f"a redirection to {answer.headers['Location']}")
        if code == "RESOURCE_DOES_NOT_EXIST":
            return UnknownModelError(f"MLflow at {self.uri} says: {words}")
        if answer.is_client_error and code and status != HTTPStatus.TOO_MANY_REQUESTS:
            return RefusedByRegistryError(f"MLflow at {self.uri} says: {words or code}")
        return self.strange(f"status {status}{f': {words}' if words else ''}")


def _object(content: bytes) -> dict[str, Any] | None:
    """The JSON object that the content is, if it is one."""
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None
