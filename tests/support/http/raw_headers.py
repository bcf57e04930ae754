"""Headers that clients send, rightly or not."""

from typing import Final

MEDIA_TYPES: Final = (
    "application/json; charset=utf-8",
    "APPLICATION/JSON",
    "application/json;" * 50,
    "application/problem+json",
    "application/json, text/plain",
    "text/plain",
    "multipart/form-data; boundary=",
    "application/x-www-form-urlencoded",
    "json",
    "/",
    "",
)
HEADERS: Final = (
    "Accept",
    "Accept-Encoding",
    "Authorization",
    "Content-Encoding",
    "Content-Language",
    "Cookie",
    "Forwarded",
    "Idempotency-Key",
    "If-None-Match",
    "Origin",
    "Range",
    "Traceparent",
    "Tracestate",
    "X-Api-Key",
    "X-Forwarded-For",
)
VALUES: Final = (
    "",
    "*/*",
    "gzip",
    "Bearer x",
    "00-" + "1" * 32 + "-" + "2" * 16 + "-01",
    "00-" + "0" * 32 + "-" + "0" * 16 + "-ff",
    "key-1",
    '"key-2"',
    "bytes=0-1",
    "a=b;" * 30,
    "\xff\xfe",
    "${jndi:ldap://127.0.0.1:1/}",
)
