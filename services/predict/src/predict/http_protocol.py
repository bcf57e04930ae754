"""What uvicorn leaves open: how large a request's head may be, how long it may take, how errors are told."""

import asyncio
import re
from http import HTTPStatus
from time import perf_counter
from typing import Any, Final

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from predict.errors import PROBLEM_TYPE, Reason, problem
from predict.http_edge import UNMATCHED
from predict.service import Service

MAX_HEAD: Final = 32 * 1024
"""Bytes of request line and headers, together."""

MAX_FIELDS: Final = 100
"""Header fields of a request."""

MAX_TARGET: Final = 8 * 1024
"""Bytes of a request's target."""

MAX_PIPELINED: Final = 64
"""Requests that may be sent ahead of their answers."""

_UPGRADE: Final = re.compile(rb"\r\nupgrade:", re.IGNORECASE)
_STATUS: Final = {
    Reason.HEADER_TOO_LARGE: HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
    Reason.TARGET_TOO_LONG: HTTPStatus.REQUEST_URI_TOO_LONG,
    Reason.TIMEOUT: HTTPStatus.REQUEST_TIMEOUT,
}


class _RefusedHeadError(Exception):
    """Ends the parsing of a request; the protocol knows why."""


class LimitedProtocol(HttpToolsProtocol):
    """One connection; a request beyond the limits is refused with a problem document, and is its last."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._began = perf_counter()
        self._received = False
        self._head_bytes = 0
        self._in_head = True
        self._incomplete = True
        self._timer: asyncio.TimerHandle | None = None
        self._refusal = (Reason.MALFORMED_HTTP, "this is no HTTP/1.1 request")

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Wait for the first byte."""
        super().connection_made(transport)
        self._service: Service = self.app_state["service"]
        self._timer = self.loop.call_later(self._service.request_timeout, self._too_slow)

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no longer."""
        self._unset_timer()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse what came, as far as it may come."""
        self._received = True
        if self._in_head and b"pgrade" in data:
            data = _without_upgrade(data)
        began, goes_on = self._began, self._in_head and self._incomplete
        super().data_received(data)
        if self.transport.is_closing():
            return
        if goes_on and self._in_head and self._incomplete and began == self._began:
            self._head_bytes += len(data)
            if self._head_bytes > MAX_HEAD:
                self._refuse(Reason.HEADER_TOO_LARGE, f"the head is larger than {MAX_HEAD} bytes")
        if not self._incomplete:
            self._unset_timer()
        elif self._timer is None:
            self._timer = self.loop.call_later(self._service.request_timeout, self._too_slow)

    def on_message_begin(self) -> None:
        """A request begins."""
        super().on_message_begin()
        self._began = perf_counter()
        self._head_bytes = 0
        self._in_head = self._incomplete = True
        if len(self.pipeline) >= MAX_PIPELINED:
            self._stop(Reason.MALFORMED_HTTP, f"more than {MAX_PIPELINED} requests ahead of their answers")

    def on_url(self, url: bytes) -> None:
        """A part of the target."""
        super().on_url(url)
        if len(self.url) > MAX_TARGET:
            self._stop(Reason.TARGET_TOO_LONG, f"the target is longer than {MAX_TARGET} bytes")

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header field."""
        super().on_header(name, value)
        if len(self.headers) > MAX_FIELDS:
            self._stop(Reason.HEADER_TOO_LARGE, f"there are more than {MAX_FIELDS} header fields")

    def on_headers_complete(self) -> None:
        """The head is complete."""
        if sum(len(name) + len(value) for name, value in self.headers) > MAX_HEAD:
            self._stop(Reason.HEADER_TOO_LARGE, f"the head is larger than {MAX_HEAD} bytes")
        self._in_head = False
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """The request is complete; what comes next is another head."""
        self._incomplete = False
        self._in_head = True
        self._head_bytes = 0
        super().on_message_complete()

    def send_400_response(self, msg: str) -> None:
        """Refuse what could not be parsed, or was not to be parsed further."""
        self._refuse(*self._refusal)

    def _stop(self, reason: Reason, detail: str) -> None:
        """End the parsing; the parser's error then leads to `send_400_response`."""
        self._refusal = (reason, detail)
        raise _RefusedHeadError(detail)

    def _too_slow(self) -> None:
        if not self._received:
            self.transport.close()
            return
        limit = self._service.request_timeout
        self._refuse(Reason.TIMEOUT, f"the request did not come in within {limit:g} s")

    def _refuse(self, reason: Reason, detail: str) -> None:
        status = _STATUS.get(reason, HTTPStatus.BAD_REQUEST)
        self._service.metrics.refused(reason)
        self._service.metrics.request(UNMATCHED, "", status, perf_counter() - self._began)
        body = problem(status, detail, reason=reason)
        head = (
            f"content-type: {PROBLEM_TYPE}\r\ncontent-length: {len(body)}\r\nconnection: close\r\n\r\n"
        ).encode()
        self._unset_timer()
        self.transport.write(STATUS_LINE[status] + head + body)
        self.transport.close()

    def _unset_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


def _without_upgrade(data: bytes) -> bytes:
    """The request without its wish for another protocol, which the parser would end for."""
    head, end, body = data.partition(b"\r\n\r\n")
    return _UPGRADE.sub(b"\r\nx-upgrd:", head) + end + body
