"""The logged record of one prediction, as it is written to the stream."""

from dataclasses import dataclass
from typing import Final

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
)
"""The names of a stream entry's fields, in the order in which they are written."""


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
        )
