"""A refusal that the server makes itself: its answer, and what else is told of it."""

from typing import Final

from starlette.types import Scope
from uvicorn.protocols.http.httptools_impl import STATUS_LINE

from predict.edge.access_log import write_line
from predict.edge.origins import rights_of
from predict.edge.request_id import HEADER, id_of
from predict.errors import RefusedError
from predict.instrumentation import UNMATCHED
from predict.request.problems import PROBLEM_TYPE, problem, status_of
from predict.request.service import Service

_FIXED: Final = [(b"content-type", PROBLEM_TYPE.encode("ascii")), (b"connection", b"close")]


def body_of(refusal: RefusedError) -> bytes:
    """The problem document that says why."""
    return problem(status_of(refusal.reason), refusal.detail, reason=refusal.reason)


def head_of(service: Service, scope: Scope, refusal: RefusedError, body: bytes) -> bytes:
    """Status line and header fields, as the layers around the routes would have made them.

    `scope` holds what has come of the request.
    """
    fields = [
        *_FIXED,
        (b"content-length", str(len(body)).encode("ascii")),
        (HEADER, id_of(scope).encode("ascii")),
        *rights_of(scope["headers"], service.settings.cors_origins),
    ]
    lines = b"".join(b"%b: %b\r\n" % field for field in fields)
    return bytes(STATUS_LINE[status_of(refusal.reason)]) + lines + b"\r\n"


def tell(service: Service, scope: Scope, refusal: RefusedError, sent: int, seconds: float) -> None:
    """Count and log what no route will: nobody can say for which model it was."""
    status = status_of(refusal.reason)
    first = next(iter(service.models.values()))
    first.metrics.refused(refusal)
    service.metrics.request(UNMATCHED, "", status, seconds)
    if service.settings.access_log == "on":
        write_line(scope, UNMATCHED, status, sent, seconds)
