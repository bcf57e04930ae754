"""Prediction ids: UUIDs of version 7, which sort by time."""

import os
import time
from typing import Final

_VERSION: Final = 0x7 << 76
_VARIANT: Final = 0b10 << 62
_RANDOM_BITS: Final = (1 << 80) - 1 & ~(0xF << 76) & ~(0b11 << 62)


def new_prediction_id() -> tuple[str, int]:
    """A new UUIDv7 (RFC 9562, section 5.7) as text, and its time in milliseconds since the epoch."""
    milliseconds = time.time_ns() // 1_000_000
    random = int.from_bytes(os.urandom(10)) & _RANDOM_BITS
    digits = f"{milliseconds << 80 | _VERSION | _VARIANT | random:032x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}", milliseconds
