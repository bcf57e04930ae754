"""Requests as bytes: valid ones, and ones in which something is wrong, seeded."""

import asyncio
import json
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any, Final

CONNECTIONS: Final = 48
LIMIT: Final = 20.0
"""Seconds after which a connection that was neither answered nor closed counts as hanging."""

_STATUS: Final = re.compile(rb"HTTP/1\.1 (\d{3}) ")
_LENGTH: Final = re.compile(rb"content-length: (\d+)", re.IGNORECASE)
_ID: Final = re.compile(rb'"prediction_id":"([0-9a-f-]{36})"')
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


@dataclass
class Seen:
    """What the service answered."""

    statuses: Counter[int] = field(default_factory=Counter)
    prediction_ids: list[str] = field(default_factory=list)
    closed: int = 0
    """Connections that it closed without a word."""

    def take(self, received: bytes) -> None:
        """Note every answer in what was received."""
        found = [int(status) for status in _STATUS.findall(received)]
        self.statuses.update(found)
        self.prediction_ids += [each.decode() for each in _ID.findall(received)]
        self.closed += not found


class Requests:
    """An endless supply; most are valid, the others are wrong in their body or in their head."""

    def __init__(self, bodies: Sequence[dict[str, Any]], chance: Random) -> None:
        self._bodies = bodies
        self._chance = chance

    def sound(self) -> bytes:
        """A request whose head is as it should be; its body need not be."""
        body = json.dumps(self._chance.choice(self._bodies)).encode()
        if self._chance.random() < 0.5:
            body = self._wrong_body(body)
        return _head(f"Content-Length: {len(body)}") + body

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


async def send_all(host: str, port: int, requests: Requests, sound: int, broken: int) -> Seen:
    """Send so many requests of each kind; raises TimeoutError where a connection hangs."""
    seen = Seen()
    async with asyncio.TaskGroup() as clients:
        for _ in range(CONNECTIONS):
            clients.create_task(
                _client((host, port), requests, sound // CONNECTIONS, broken // CONNECTIONS, seen)
            )
    return seen


async def _client(address: tuple[str, int], requests: Requests, sound: int, broken: int, seen: Seen) -> None:
    every = max(sound // max(broken, 1), 1)
    for begin in range(0, sound, every):
        contents = [requests.sound() for _ in range(min(every, sound - begin))]
        await _one_after_another(address, contents, seen)
        await _alone(address, requests.broken(), seen)


async def _one_after_another(address: tuple[str, int], contents: Sequence[bytes], seen: Seen) -> None:
    reader, writer = await asyncio.open_connection(*address)
    try:
        for content in contents:
            writer.write(content)
            async with asyncio.timeout(LIMIT):
                head = await reader.readuntil(b"\r\n\r\n")
                (length,) = _LENGTH.findall(head)
                seen.take(head + await reader.readexactly(int(length)))
    finally:
        writer.close()


async def _alone(address: tuple[str, int], content: bytes, seen: Seen) -> None:
    reader, writer = await asyncio.open_connection(*address)
    received = b""
    try:
        writer.write(content)
        writer.write_eof()
        async with asyncio.timeout(LIMIT):
            while block := await reader.read(65536):
                received += block
    except ConnectionError:
        pass  # closed with a part of ours unread
    finally:
        writer.close()
        seen.take(received)


def _head(*headers: str) -> bytes:
    lines = ["POST /predict HTTP/1.1", "Host: x", "Content-Type: application/json", *headers, "", ""]
    return "\r\n".join(lines).encode()
