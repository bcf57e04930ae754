"""What uvicorn leaves open: how large a request's head may be, how long it may take, how errors are told."""

import asyncio
import re
from time import perf_counter
from typing import Any, Final, cast

from starlette.types import Scope
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from predict.edge.refusal import body_of, head_of, tell
from predict.errors import Reason, RefusedError
from predict.request.body.read import REFUSAL
from predict.request.service import Service

MAX_HEAD: Final = 32 * 1024
"""Bytes of request line and headers, together."""

MAX_FIELDS: Final = 100
"""Header fields of a request."""

MAX_TARGET: Final = 8 * 1024
"""Bytes of a request's target."""

MAX_PIPELINED: Final = 64
"""Requests that may be sent ahead of their answers."""

_UPGRADE: Final = re.compile(rb"\r\nupgrade:", re.IGNORECASE)


class _RefusedHeadError(Exception):
    """Ends the parsing of a request; the protocol knows why."""


class LimitedProtocol(HttpToolsProtocol):
    """One connection; a request beyond the limits is refused with a problem document, and is its last."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._began = perf_counter()
        self._received = False
        self._head_bytes = self._body_bytes = self._other_bytes = 0
        self._in_head = True
        self._incomplete = True
        self._ended = False
        self._timer: asyncio.TimerHandle | None = None
        self._refusal = RefusedError(Reason.MALFORMED_HTTP, "this is no HTTP/1.1 request")

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
        if self._ended:
            return
        self._received = True
        if b"pgrade" in data.lower():
            # A server may ignore the wish for another protocol; the parser would end the request for it.
            data = _UPGRADE.sub(b"\r\nx-upgrd:", data)
        began, body_bytes = self._began, self._body_bytes
        was_in_head, was_incomplete = self._in_head, self._incomplete
        super().data_received(data)
        if self.transport.is_closing():
            return
        if was_incomplete and self._incomplete and began == self._began:
            self._count(len(data) - (self._body_bytes - body_bytes), in_head=was_in_head)
        self._watch()

    def _count(self, size: int, *, in_head: bool) -> None:
        """Bound what is neither body nor complete: a head that goes on, or chunks' frames and trailers."""
        if in_head and self._in_head:
            self._head_bytes += size
        elif not in_head:
            self._other_bytes += size
        if self._head_bytes > MAX_HEAD:
            self._refuse(RefusedError(Reason.HEADER_TOO_LARGE, f"the head is larger than {MAX_HEAD} bytes"))
        elif self._other_bytes > MAX_HEAD + self._body_bytes:
            self._refuse(RefusedError(Reason.HEADER_TOO_LARGE, "chunks' frames or trailers are too large"))

    def _watch(self) -> None:
        """Limit the time of a request that is not complete, and of a connection that has none."""
        if self.transport.is_closing():
            return
        if self._incomplete:
            if self._timer is None:
                self._timer = self.loop.call_later(self._service.request_timeout, self._too_slow)
            return
        self._unset_timer()
        if self.timeout_keep_alive_task is None and self.cycle.response_complete:
            self.timeout_keep_alive_task = self.loop.call_later(
                self.timeout_keep_alive, self.timeout_keep_alive_handler
            )

    def on_message_begin(self) -> None:
        """A request begins."""
        super().on_message_begin()
        self._began = perf_counter()
        self._head_bytes = self._body_bytes = self._other_bytes = 0
        self._in_head = self._incomplete = True
        self._unset_timer()
        if len(self.pipeline) >= MAX_PIPELINED:
            self._stop(Reason.MALFORMED_HTTP, f"more than {MAX_PIPELINED} requests ahead of their answers")

    def on_body(self, body: bytes) -> None:
        """A part of the body."""
        self._body_bytes += len(body)
        super().on_body(body)

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
        super().on_headers_complete()  # parses the target, and fails where it is none
        self._in_head = False

    def on_message_complete(self) -> None:
        """The request is complete; what comes next is another head."""
        self._incomplete = False
        self._in_head = True
        super().on_message_complete()

    def _unsupported_upgrade_warning(self) -> None:
        """The parser takes the body for another protocol; it must not be read as another request."""
        self._ended = True
        self.cycle.keep_alive = False

    def send_400_response(self, msg: str) -> None:
        """Refuse what could not be parsed, or was not to be parsed further."""
        self._refuse(self._refusal)

    def _stop(self, reason: Reason, detail: str) -> None:
        """End the parsing; the parser's error then leads to `send_400_response`."""
        self._refusal = RefusedError(reason, detail)
        raise _RefusedHeadError(detail)

    def _too_slow(self) -> None:
        limit = self._service.request_timeout
        self._refuse(RefusedError(Reason.TIMEOUT, f"the request did not come in within {limit:g} s"))

    def _refuse(self, refusal: RefusedError) -> None:
        """End the connection, and say why where that can't be taken for another request's answer."""
        self._unset_timer()
        under_way = self.cycle is not None and not self.cycle.response_complete
        awaits_body = under_way and not self._in_head and not self.pipeline
        scope, body = self._refused(), b""
        if self._received and (awaits_body or (self._in_head and not under_way)):
            body = body_of(refusal)
            self.transport.write(head_of(self._service, scope, refusal, body) + body)
        if awaits_body:
            scope[REFUSAL] = refusal
        elif self._received and self._in_head:
            tell(self._service, scope, refusal, len(body), perf_counter() - self._began)
        self.transport.close()

    def _refused(self) -> Scope:
        """What has come of the request; where none has begun, who would send it."""
        if self.scope is None or not self._incomplete:
            return {"client": self.client, "headers": []}
        return cast("Scope", self.scope)

    def _unset_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
