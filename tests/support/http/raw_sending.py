"""Requests as bytes, over many connections, and what came back."""

import asyncio
import re
from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from tests.support.http.raw_requests import Requests

CONNECTIONS: Final = 48
LIMIT: Final = 20.0
"""Seconds after which a connection that was neither answered nor closed counts as hanging."""

_STATUS: Final = re.compile(rb"HTTP/1\.1 (\d{3}) ")
_LENGTH: Final = re.compile(rb"content-length: (\d+)", re.IGNORECASE)
_CLOSES: Final = re.compile(rb"\r\nconnection: close\r\n", re.IGNORECASE)
_ID: Final = re.compile(rb'"prediction_id":"([0-9a-f-]{36})"')


@dataclass
class Seen:
    """What was sent, and what the service answered."""

    sent: int = 0
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
    """Send over one connection, or where the service ends it after an answer, over the next."""
    left = deque(contents)
    while left:
        reader, writer = await asyncio.open_connection(*address)
        head = b""
        try:
            while left and not _CLOSES.search(head):
                writer.write(left.popleft())
                seen.sent += 1
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
        seen.sent += 1
        writer.write_eof()
        async with asyncio.timeout(LIMIT):
            while block := await reader.read(65536):
                received += block
    except ConnectionError:
        pass  # closed with a part of ours unread
    finally:
        writer.close()
        seen.take(received)
