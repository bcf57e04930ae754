"""The logged record of one prediction, as it is written to the stream."""

from dataclasses import dataclass
from typing import Final

from contract.stream.looked_up import LookedUp
from contract.task import Score, score_field

FIELDS: Final = (
    "prediction_id",
    "timestamp",
    "model",
    "version",
    "entity",
    "features",
    "score",
    "traceparent",
    "looked_up",
)
"""The names of a stream entry's fields, in the order in which they are written."""

ADDED: Final = ("looked_up",)
"""Those of them that entries of earlier versions do not have; they are empty there."""


@dataclass(frozen=True, slots=True)
class Record:
    """One accepted prediction; its time is in milliseconds since the epoch, by the service's clock."""

    prediction_id: str
    timestamp_ms: int
    model: str
    version: str
    entity: str | None
    features_json: bytes
    score: Score
    traceparent: str | None
    looked_up: LookedUp | None = None
    """What is known of the features that the request did not bring; None where it brought all."""

    given_json: bytes | None = None
    """The features that the request brought, where others were looked up; it is not written to the stream."""

    @property
    def asked(self) -> bytes:
        """What the request said, whatever was looked up for it: a repeat says the same."""
        return asked_of(self.entity, self.given_json or self.features_json)

    def values(self) -> tuple[str | bytes | int | float, ...]:
        """The values of the stream entry's fields, in the order of FIELDS."""
        return (
            self.prediction_id,
            self.timestamp_ms,
            self.model,
            self.version,
            self.entity or "",
            self.features_json,
            score_field(self.score),
            self.traceparent or "",
            self.looked_up.to_json() if self.looked_up else "",
        )


def asked_of(entity: str | None, given_json: bytes) -> bytes:
    """What a request says that names this entity and brings these features."""
    return (entity or "").encode() + b"\0" + given_json
