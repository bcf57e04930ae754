"""Records read back from a stream: entries in, columns out, since a window has many of them."""

import re
from collections.abc import Sequence
from itertools import chain
from math import isfinite
from typing import Final, NamedTuple

from pydantic import ValidationError

from contract.errors import BadRecordError
from contract.schema import MAX_TEXT, Features, Schema, first_problem
from contract.stream.looked_up import LookedUp, read_looked_up
from contract.stream.record import ADDED, FIELDS
from contract.task import Score, Task, read_score

Fields = Sequence[bytes]
"""An entry's field names and values in turns, as Redis tells them."""

Texts = Sequence[bytes]

_NAMES: Final = [name.encode() for name in FIELDS]
_ABSENT: Final = {name.encode(): b"" for name in ADDED}
_PREDICTION_ID: Final = re.compile(rb"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_TRACEPARENT: Final = re.compile(rb"00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")
_MAX_DIGITS: Final = 15

LATEST_MS: Final = 9_223_372_036_854
"""Milliseconds since the epoch of a record at most: pandas counts nanoseconds in 64 bits, until 2262."""


class LoggedPredictions(NamedTuple):
    """Records read back: each column has a value per record."""

    prediction_ids: list[str]
    timestamps_ms: list[int]
    entities: list[str | None]
    features: list[Features]
    scores: Sequence[Score]
    traceparents: list[str | None]
    looked_up: list[LookedUp | None]


class RecordReader:
    """Decodes the entries of one model version's stream."""

    def __init__(self, schema: Schema, model: str, version: str) -> None:
        self._features = schema.features_adapter.validator
        self._task: Task = schema.task or "binary"
        self._classes = len(schema.classes or ())
        self._identity = {(model.encode(), version.encode())}

    def read(self, entries: Sequence[Fields]) -> LoggedPredictions:
        """Decode entries; raises BadRecordError with the reason of one, never quoting a value.

        So that each bad one is found, what can't be read at once is read one by one.
        """
        columns = _columns(entries)
        prediction_ids, timestamps, models, versions, entities, features, scores, traceparents, looked_up = (
            columns
        )
        if not {*zip(models, versions, strict=True)} <= self._identity:
            raise BadRecordError("model, version: expected those of the stream")
        return LoggedPredictions(
            prediction_ids=_prediction_ids(prediction_ids),
            timestamps_ms=_timestamps(timestamps),
            entities=_entities(entities),
            features=self._read_features(features),
            scores=self._read_scores(scores),
            traceparents=_traceparents(traceparents),
            looked_up=[read_looked_up(text) for text in looked_up],
        )

    def _read_features(self, column: Texts) -> list[Features]:
        read = self._features.validate_json
        try:
            return [read(text) for text in column]
        except ValidationError as error:
            raise BadRecordError(f"features: {first_problem(error)}") from error

    def _read_scores(self, column: Texts) -> Sequence[Score]:
        if self._task == "multiclass":
            return self._probabilities(column)
        try:
            numbers = [float(text) for text in column]
        except ValueError as error:
            raise BadRecordError("score: expected a number") from error
        if self._task == "regression" and not all(map(isfinite, numbers)):
            raise BadRecordError("score: expected a finite number")
        if self._task == "binary" and not all(0.0 <= number <= 1.0 for number in numbers):
            raise BadRecordError("score: expected a probability between 0 and 1")
        return numbers

    def _probabilities(self, column: Texts) -> Sequence[Score]:
        try:
            scores = [read_score(text) for text in column]
        except ValueError as error:
            raise BadRecordError("score: expected a probability for each class") from error
        if not all(isinstance(score, tuple) and len(score) == self._classes for score in scores):
            raise BadRecordError(f"score: expected {self._classes} probabilities")
        return scores


def _columns(entries: Sequence[Fields]) -> Sequence[Texts]:
    """The values of each of FIELDS; all at once where every entry has just these fields in this order."""
    width = 2 * len(FIELDS)
    if {*map(len, entries)} == {width}:
        together = [*chain.from_iterable(entries)]
        if together[::2] == _NAMES * len(entries):
            return [together[place::width] for place in range(1, width, 2)]
    return [*zip(*map(_values, entries), strict=True)] or [()] * len(FIELDS)


def _values(fields: Fields) -> Fields:
    """The values in the order of FIELDS; fields that a record doesn't have are passed over."""
    by_name = _ABSENT | dict(zip(fields[::2], fields[1::2], strict=True))
    try:
        return [by_name[name] for name in _NAMES]
    except KeyError as error:
        raise BadRecordError(f"field {error.args[0].decode()} is missing") from error


def _prediction_ids(column: Texts) -> list[str]:
    if not all(map(_PREDICTION_ID.fullmatch, column)):
        raise BadRecordError("prediction_id: expected a lower-case UUID")
    return [text.decode() for text in column]


def _timestamps(column: Texts) -> list[int]:
    if not all(map(bytes.isdigit, column)) or max(map(len, column), default=0) > _MAX_DIGITS:
        raise BadRecordError("timestamp: expected milliseconds since the epoch")
    timestamps = [int(text) for text in column]
    if max(timestamps, default=0) > LATEST_MS:
        raise BadRecordError("timestamp: expected milliseconds since the epoch, until 2262")
    return timestamps


def _entities(column: Texts) -> list[str | None]:
    try:
        texts = [text.decode() for text in column]
    except UnicodeDecodeError as error:
        raise BadRecordError("entity: expected UTF-8") from error
    if max(map(len, texts), default=0) > MAX_TEXT:
        raise BadRecordError(f"entity: expected at most {MAX_TEXT} characters")
    return [text or None for text in texts]


def _traceparents(column: Texts) -> list[str | None]:
    if not all(map(_TRACEPARENT.fullmatch, filter(None, column))):
        raise BadRecordError("traceparent: expected version 00 of W3C trace context")
    return [text.decode() or None for text in column]
