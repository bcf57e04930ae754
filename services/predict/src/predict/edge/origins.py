"""CORS: which pages of other origins may ask the service from a browser, and read what it answers."""

from collections.abc import Iterable
from typing import Any, Final

HEADERS: Final = (
    "Authorization",
    "Content-Encoding",
    "Content-Type",
    "Idempotency-Key",
    "X-Request-ID",
    "traceparent",
    "tracestate",
)
"""The headers that such a page may send."""

READABLE: Final = ("Retry-After", "X-Request-ID")
"""The headers of an answer that it may read, beside those that every page may."""


def cors_options(origins: str) -> dict[str, Any]:
    """The options of starlette's CORSMiddleware; `origins` are those of CORS_ORIGINS."""
    return {
        "allow_origins": origins.split(","),
        "allow_methods": ["GET", "HEAD", "POST"],
        "allow_headers": HEADERS,
        "expose_headers": READABLE,
    }


def rights_of(asked: Iterable[tuple[bytes, bytes]], origins: str | None) -> list[tuple[bytes, bytes]]:
    """The header fields by which a page may read an answer that never came to the middleware.

    `asked` are the fields of its request, as far as they came.
    """
    if origins is None:
        return []
    vary = [(b"vary", b"Origin")]
    origin = next((value for name, value in asked if name == b"origin"), None)
    if origin is None or (origins != "*" and origin.decode("latin-1") not in origins.split(",")):
        return vary
    readable = ", ".join(READABLE).encode("ascii")
    allowed = b"*" if origins == "*" else origin
    return [
        *vary,
        (b"access-control-allow-origin", allowed),
        (b"access-control-expose-headers", readable),
    ]
