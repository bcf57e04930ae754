"""The logged record of one prediction: how it is written to the stream, and read back."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from operator import itemgetter
from typing import Final, NamedTuple

from pydantic import ValidationError

from contract.errors import BadRecordError
from contract.schema import MAX_TEXT, Features, Schema, first_problem

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

_PREDICTION_ID = re.compile(rb"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_TRACEPARENT = re.compile(rb"00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")


@dataclass(frozen=True, slots=True)
class Record:
    """One accepted prediction; its time is in milliseconds since the epoch, by the service's clock."""

    prediction_id: str
    timestamp_ms: int
    model: str
    version: str
    entity: str | None
    features_json: bytes
    score: float
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
            self.score,
            self.traceparent or "",
        )


class LoggedPrediction(NamedTuple):
    """A record read back from the stream, its features decoded."""

    prediction_id: str
    timestamp_ms: int
    entity: str | None
    features: Features
    score: float
    traceparent: str | None


class RecordReader:
    """Decodes the entries of one model version's stream."""

    def __init__(self, schema: Schema, model: str, version: str) -> None:
        self._features = schema.features_adapter.validator
        self._identity = (model.encode(), version.encode())

    def read(self, fields: Mapping[bytes, bytes]) -> LoggedPrediction:
        """Decode one entry's fields; raises BadRecordError with the reason, never quoting a value."""
        try:
            prediction_id, timestamp, model, version, entity, features, score, traceparent = _values(fields)
        except KeyError as error:
            raise BadRecordError(f"field {error.args[0].decode()} is missing") from error
        if not _PREDICTION_ID.fullmatch(prediction_id):
            raise BadRecordError("prediction_id: expected a lower-case UUID")
        if (model, version) != self._identity:
            raise BadRecordError("model, version: expected those of the stream")
        if traceparent and not _TRACEPARENT.fullmatch(traceparent):
            raise BadRecordError("traceparent: expected version 00 of W3C trace context")
        return LoggedPrediction(
            prediction_id=prediction_id.decode(),
            timestamp_ms=_whole_number(timestamp),
            entity=_text(entity),
            features=self._read_features(features),
            score=_probability(score),
            traceparent=traceparent.decode() or None,
        )

    def _read_features(self, text: bytes) -> Features:
        try:
            features: Features = self._features.validate_json(text)
        except ValidationError as error:
            raise BadRecordError(f"features: {first_problem(error)}") from error
        return features


_values: Final = itemgetter(*(name.encode() for name in FIELDS))


def _whole_number(text: bytes) -> int:
    if not text.isdigit() or len(text) > 15:  # noqa: PLR2004 - milliseconds until the year 33658
        raise BadRecordError("timestamp: expected milliseconds since the epoch")
    return int(text)


def _probability(text: bytes) -> float:
    try:
        score = float(text)
    except ValueError as error:
        raise BadRecordError("score: expected a number") from error
    if not math.isfinite(score) or not 0.0 <= score <= 1.0:
        raise BadRecordError("score: expected a probability between 0 and 1")
    return score


def _text(text: bytes) -> str | None:
    try:
        decoded = text.decode()
    except UnicodeDecodeError as error:
        raise BadRecordError("entity: expected UTF-8") from error
    if len(decoded) > MAX_TEXT:
        raise BadRecordError(f"entity: expected at most {MAX_TEXT} characters")
    return decoded or None
