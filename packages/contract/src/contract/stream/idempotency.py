"""A client's Idempotency-Key: a request that comes twice with the same key is logged, and answered, once."""

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, Final

from contract.stream.record import Record
from contract.task import Score, read_score, score_field

_DIGEST_BYTES: Final = 16


@dataclass(frozen=True, slots=True)
class Once:
    """What makes a record one that is taken once: digests of its key, and of what was asked under the key."""

    key: str
    fingerprint: str
    logged: bool = True
    """False where the record is not logged, only remembered."""

    @classmethod
    def of(cls, key: str, record: Record) -> "Once":
        """The record is of what its request said of entity and features; the key is for nothing else."""
        return cls.of_asked(key, record.asked)

    @classmethod
    def of_asked(cls, key: str, asked: bytes) -> "Once":
        """The same of what a request said, as `Record.asked` has it."""
        return cls(key=digest(key.encode()), fingerprint=digest(asked))

    def value(self, record: Record) -> str:
        """Give what Redis remembers under the key."""
        return f"{self.fingerprint} {record.prediction_id} {score_field(record.score)}"


@dataclass(frozen=True, slots=True)
class Remembered:
    """What was answered when the key was first used."""

    fingerprint: str
    prediction_id: str
    score: Score

    @classmethod
    def parse(cls, value: Any) -> "Remembered":
        """Read what `Once.value` wrote."""
        fingerprint, prediction_id, score = value.decode().split(" ")
        return cls(fingerprint, prediction_id, read_score(score))


class RowsFingerprint:
    """What makes rows that come together under one key ones that are taken once, each under its place.

    The first row has the key itself. So a key that was used for other rows, or for a record that came alone,
    is noticed with it, and the other way round. The key of each further row also depends on all rows: rows of
    two requests never meet under it.
    """

    def __init__(self) -> None:
        self._rows = blake2b(b"rows\0", digest_size=_DIGEST_BYTES)

    def add(self, asked: Iterable[bytes]) -> None:
        """Take in what the next rows say, as `Record.asked` has it; the order counts."""
        for each in asked:
            self._rows.update(blake2b(each, digest_size=_DIGEST_BYTES).digest())

    def once(self, key: str, place: int) -> Once:
        """Give what the row at that place, from 0, is taken once by; all rows must have been added."""
        fingerprint = self._rows.hexdigest()
        own = f"{key}\0{place}\0{fingerprint}" if place else key
        return Once(key=digest(own.encode()), fingerprint=fingerprint)


def digest(text: bytes) -> str:
    """Give what a key, or what was asked under it, is remembered by."""
    return blake2b(text, digest_size=_DIGEST_BYTES).hexdigest()
