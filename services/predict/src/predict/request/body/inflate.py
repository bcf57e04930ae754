"""Bodies that were compressed by gzip (RFC 1952), inflated within a limit."""

import zlib
from typing import Final

from predict.errors import Reason, RefusedError
from predict.turns import Slices

STEP: Final = 64 * 1024
"""Bytes that are taken or made at a time; it takes about as long as answering one request."""

MAX_MEMBERS: Final = 1_000
"""Members of a body; who compresses a body at once makes one."""

_GZIP: Final = 16 + zlib.MAX_WBITS
"""zlib's way to say that header and checksum are those of gzip."""


async def inflated(body: bytes, limit: int) -> bytes | None:
    """The content of a gzip body, of one member or several; None where it is larger than `limit` bytes.

    No more than the limit is ever inflated. Raises RefusedError where it is no whole gzip, or has too many
    members: each is work of its own, even an empty one.
    """
    parts, source = list[bytes](), memoryview(body)
    size, at, members, slices = 0, 0, 0, Slices()
    while at < len(source):
        member = zlib.decompressobj(_GZIP)
        members += 1
        if members > MAX_MEMBERS:
            raise _refusal(f"it has more than {MAX_MEMBERS} members")
        while not member.eof:
            given = source[at : at + STEP]
            try:
                part = member.decompress(given, STEP)
            except zlib.error as error:
                raise _refusal("it can't be inflated") from error
            if not part and not given and not member.eof:
                raise _refusal("its end is missing")
            at += len(given) - len(member.unused_data if member.eof else member.unconsumed_tail)
            parts.append(part)
            size += len(part)
            if size > limit:
                return None
            await slices.pause()
    return b"".join(parts)


def _refusal(why: str) -> RefusedError:
    return RefusedError(Reason.INVALID_GZIP, f"Content-Encoding is gzip, but the body is none: {why}")
