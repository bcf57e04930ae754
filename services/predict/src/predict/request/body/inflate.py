"""Bodies that were compressed by gzip (RFC 1952), inflated within a limit."""

import zlib
from typing import Final

from predict.errors import Reason, RefusedError
from predict.turns import Slices

STEP: Final = 64 * 1024
"""Bytes that are inflated at a time; it takes about as long as answering one request."""

_GZIP: Final = 16 + zlib.MAX_WBITS
"""zlib's way to say that header and checksum are those of gzip."""


async def inflated(body: bytes, limit: int) -> bytes | None:
    """The content of a gzip body, of one member or several; None where it is larger than `limit` bytes.

    No more than the limit is ever inflated. Raises RefusedError where it is no whole gzip.
    """
    parts: list[bytes] = []
    size, rest, slices = 0, body, Slices()
    while rest:
        member = zlib.decompressobj(_GZIP)
        while not member.eof:
            try:
                part = member.decompress(rest, STEP)
            except zlib.error as error:
                raise _refusal("it can't be inflated") from error
            rest = member.unconsumed_tail
            if not part and not rest and not member.eof:
                raise _refusal("its end is missing")
            parts.append(part)
            size += len(part)
            if size > limit:
                return None
            await slices.pause()
        rest = member.unused_data
    return b"".join(parts)


def _refusal(why: str) -> RefusedError:
    return RefusedError(Reason.INVALID_GZIP, f"Content-Encoding is gzip, but the body is none: {why}")
