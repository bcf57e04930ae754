"""A request's Idempotency-Key: with the same key, the same request is answered alike and logged once."""

from hashlib import blake2b
from typing import Final

from contract.stream.idempotency import Once

from predict.errors import Reason, RefusedError

MAX_KEY: Final = 255
"""Characters of a key at most."""

_DIGEST_BYTES: Final = 16


def read_key(value: str | None) -> str | None:
    """The request's key; raises RefusedError where it is none."""
    if value is None:
        return None
    if not 0 < len(value) <= MAX_KEY or not value.isascii() or not value.isprintable():
        raise RefusedError(
            Reason.KEY_INVALID, f"Idempotency-Key: expected 1 to {MAX_KEY} printable ASCII characters"
        )
    return value


def once(key: str, entity: str | None, features_json: bytes) -> Once:
    """What makes a record one that is taken once: its key, and what was asked under it."""
    asked = (entity or "").encode() + b"\0" + features_json
    return Once(key=_digest(key.encode()), fingerprint=_digest(asked))


def _digest(text: bytes) -> str:
    return blake2b(text, digest_size=_DIGEST_BYTES).hexdigest()
