"""Who may ask for predictions: whoever knows one of the keys, or anyone where none is set."""

from collections.abc import Sequence
from hashlib import sha256
from hmac import compare_digest
from pathlib import Path
from typing import Final

from predict.errors import Reason, RefusedError, StartError

MIN_KEY: Final = 16
"""Characters of a key at least: a shorter one can be guessed."""

_SCHEME: Final = "bearer "


class Access:
    """Checks the Authorization header; without keys everyone may ask."""

    def __init__(self, keys: Sequence[str]) -> None:
        self._digests = [_digest(key) for key in keys]

    @property
    def is_open(self) -> bool:
        """Whether no key is needed."""
        return not self._digests

    def check(self, authorization: str | None) -> None:
        """Let a request pass; raises RefusedError. It takes as long whichever key is right, or none."""
        if self.is_open:
            return
        given = authorization or ""
        key = given[len(_SCHEME) :] if given.lower().startswith(_SCHEME) else ""
        digest = _digest(key)
        if sum(compare_digest(digest, known) for known in self._digests) == 0:
            raise RefusedError(Reason.UNAUTHORIZED, "expected Authorization: Bearer KEY, with a known key")


def read_access(keys: str | None, file: Path | None) -> Access:
    """The keys of API_KEYS, or of API_KEYS_FILE; raises StartError, which tells no key."""
    if keys is not None and file is not None:
        raise StartError("API_KEYS, API_KEYS_FILE: expected one of them, not both")
    if file is not None:
        found = _read(file)
        name = f"API_KEYS_FILE={file}"
    elif keys is not None:
        found = [key.strip() for key in keys.split(",")]
        name = "API_KEYS"
    else:
        return Access([])
    if not found:
        raise StartError(f"{name}: expected at least one key")
    if any(len(key) < MIN_KEY or not key.isascii() or not key.isprintable() or " " in key for key in found):
        raise StartError(f"{name}: expected keys of at least {MIN_KEY} ASCII characters, without spaces")
    return Access(found)


def _read(file: Path) -> list[str]:
    try:
        lines = [line.strip() for line in file.read_text(encoding="utf-8").splitlines()]
    except (OSError, UnicodeDecodeError) as error:
        what = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise StartError(f"API_KEYS_FILE={file}: it can't be read: {what}") from error
    return [line for line in lines if line and not line.startswith("#")]


def _digest(key: str) -> bytes:
    return sha256(key.encode(errors="surrogateescape")).digest()
