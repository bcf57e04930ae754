"""A client's Idempotency-Key: what it asks for twice is logged, and answered, once."""

from dataclasses import dataclass
from typing import Any

from contract.stream.record import Record


@dataclass(frozen=True, slots=True)
class Once:
    """A record to be taken once; `key` and `fingerprint` are digests of the key and of what was asked."""

    key: str
    fingerprint: str
    logged: bool = True
    """False where the record is not to be logged, only remembered."""

    def value(self, record: Record) -> str:
        """What Redis remembers under the key."""
        return f"{self.fingerprint} {record.prediction_id} {record.score!r}"


@dataclass(frozen=True, slots=True)
class Remembered:
    """What was answered when the key was first used."""

    fingerprint: str
    prediction_id: str
    score: float

    @classmethod
    def parse(cls, value: Any) -> "Remembered":
        """Read what `Once.value` wrote."""
        fingerprint, prediction_id, score = value.decode().split(" ")
        return cls(fingerprint, prediction_id, float(score))
