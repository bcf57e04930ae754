"""A client's Idempotency-Key: a request that comes twice with the same key is logged, and answered, once."""

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
        """The record is about what its entity and features say; the same key may not be used for others."""
        asked = (record.entity or "").encode() + b"\0" + record.features_json
        return cls(key=_digest(key.encode()), fingerprint=_digest(asked))

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


def _digest(text: bytes) -> str:
    return blake2b(text, digest_size=_DIGEST_BYTES).hexdigest()
