"""Requests as bytes: valid ones, and ones in which something is wrong, seeded."""

import json
from collections.abc import Sequence
from random import Random
from typing import Any, Final

from tests.support.http.raw_headers import HEADERS, MEDIA_TYPES, VALUES

_PIECES: Final = (
    b'"',
    b"{",
    b"}",
    b",",
    b":",
    b"1e999",
    b"-0",
    b"\\ud800",
    b"\x00",
    b"\xff",
    b"null",
    b"[" * 300,
)


class Requests:
    """An endless supply; many are valid, the others are wrong in their body, their headers or as HTTP."""

    def __init__(self, bodies: Sequence[dict[str, Any]], chance: Random) -> None:
        self._bodies = bodies
        self._chance = chance

    def sound(self) -> bytes:
        """A request that is right as HTTP; its body and its headers need not be what is expected."""
        body = json.dumps(self._chance.choice(self._bodies)).encode()
        if self._chance.random() < 0.5:
            body = self._wrong_body(body)
        if self._chance.random() < 0.6:
            return _head(f"Content-Length: {len(body)}") + body
        return _head(f"Content-Length: {len(body)}", *self._headers(), media_type=self._media_type()) + body

    def broken(self) -> bytes:
        """A request that is wrong as HTTP, on a connection of its own."""
        chance = self._chance
        body = json.dumps(chance.choice(self._bodies)).encode()
        whole = _head(f"Content-Length: {len(body)}", "Connection: close") + body
        makers = (
            lambda: chance.randbytes(chance.randint(1, 400)),
            lambda: self._flipped(whole, 5),
            lambda: _head(f"Content-Length: {len(body)}", f"Content-Length: {len(body) + 1}") + body,
            lambda: _head(f"Content-Length: {'9' * chance.randint(1, 40)}", "Connection: close") + body,
            lambda: _head("Transfer-Encoding: chunked") + self._flipped(b"5\r\nhello\r\n0\r\n\r\n", 2),
            lambda: _head(*["X: y"] * chance.randint(90, 200), f"Content-Length: {len(body)}") + body,
            lambda: whole.replace(b"/predict", b"/" + b"a" * chance.randint(1, 20_000), 1),
            lambda: whole[: chance.randint(1, len(whole) - 1)],
        )
        return chance.choice(makers)()

    def _media_type(self) -> str | None:
        """A Content-Type that some client may send, with something changed in one of three; or none."""
        chance = self._chance
        if chance.random() < 0.1:
            return None
        media_type = chance.choice(MEDIA_TYPES)
        if media_type and chance.random() < 0.3:
            at = chance.randrange(len(media_type))
            media_type = media_type[:at] + chr(chance.randrange(0x21, 0x7F)) + media_type[at + 1 :]
        return media_type

    def _headers(self) -> list[str]:
        """Some headers, with values that are theirs or others'."""
        names = self._chance.sample(HEADERS, self._chance.randint(0, 4))
        return [f"{name}: {self._chance.choice(VALUES)}" for name in names]

    def _wrong_body(self, body: bytes) -> bytes:
        chance = self._chance
        begin = chance.randrange(len(body))
        end = min(len(body), begin + chance.randint(0, 30))
        return chance.choice(
            (
                body[:begin] + chance.choice(_PIECES) + body[end:],
                self._flipped(body, 3),
                body[:begin],
                chance.randbytes(chance.randint(0, 200)),
                body[:begin] + str(10 ** chance.randint(0, 400)).encode() + body[end:],
            )
        )

    def _flipped(self, content: bytes, most: int) -> bytes:
        changed = bytearray(content)
        for _ in range(self._chance.randint(1, most)):
            changed[self._chance.randrange(len(changed))] ^= 1 << self._chance.randrange(8)
        return bytes(changed)


def _head(*headers: str, media_type: str | None = "application/json") -> bytes:
    typed = [] if media_type is None else [f"Content-Type: {media_type}"]
    lines = ["POST /predict HTTP/1.1", "Host: x", *typed, *headers, "", ""]
    return "\r\n".join(lines).encode("latin-1")
