"""A request's Idempotency-Key: with the same key, the same request is answered alike and logged once."""

from typing import Final

from predict.errors import Reason, RefusedError

MAX_KEY: Final = 255
"""Characters of a key at most."""


def read_key(value: str | None) -> str | None:
    """The request's key; raises RefusedError where it is none."""
    if value is None:
        return None
    if not 0 < len(value) <= MAX_KEY or not value.isascii() or not value.isprintable():
        raise RefusedError(
            Reason.KEY_INVALID, f"Idempotency-Key: expected 1 to {MAX_KEY} printable ASCII characters"
        )
    return value
