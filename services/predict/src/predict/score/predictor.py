"""From a valid request to an answer: score, record, append."""

import os
import time
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Final, TypeAlias

from opentelemetry import trace
from opentelemetry.trace import SpanKind, Tracer
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from pydantic_core import to_json

from bundle import Bundle, Scorer, ScoringError
from contract.keys import Partition
from contract.schema import Features
from contract.stream.idempotency import Remembered
from contract.stream.record import Record, asked_of
from contract.task import Score
from feature_log import FeatureLog, KeyReusedError, NoRoomError
from predict.errors import Reason, RefusedError
from predict.features.complete import Completed
from predict.features.lookup import Lookup
from predict.metrics import ModelMetrics
from predict.score.answers import Answer, answering
from predict.score.asked import Asked
from predict.score.batching import SharedScoring
from predict.score.rows import RowsScoring
from predict.shadow.shadows import ModelShadows
from predict.turns import Slices

_VERSION_7: Final = 0x7 << 76
_VARIANT: Final = 0b10 << 62
_RANDOM_BITS: Final = (1 << 80) - 1 & ~(0xF << 76) & ~(0b11 << 62)

_KEY_REUSED: Final = "Idempotency-Key: it was used for another request"

_NO_ROOM: Final = (
    "too many predictions wait to be logged: none of these rows was taken; send them again later"
)

CompletedRows: TypeAlias = Mapping[int, Completed]
"""Rows whose features were looked up, by their index."""

_LOOK_UP: Final = "look up features"
_NO_SPAN: Final = nullcontext()
_TRACE_CONTEXT: Final = TraceContextTextMapPropagator()


class Predictor:
    """The one way from features to an answer, whatever brought the request."""

    def __init__(
        self,
        bundle: Bundle,
        scorer: Scorer,
        log: FeatureLog,
        metrics: ModelMetrics,
        tracer: Tracer,
        *,
        shadows: ModelShadows,
        lookup: Lookup | None = None,
    ) -> None:
        """`lookup` gets the features that a request does not bring; without it each brings all."""
        self._scoring = SharedScoring(scorer)
        self._rows_scoring = RowsScoring(scorer)
        self._log = log
        self._metrics = metrics
        self._tracer = tracer
        self._shadows = shadows
        self._lookup = lookup
        self._width = len(bundle.schema.features)
        self._model, self._version = bundle.name, bundle.version
        self._answer = answering(bundle)
        stream = Partition(bundle.name, bundle.version).stream
        self._span_name = f"send {stream}"
        self._span_attributes = {
            "messaging.system": "redis",
            "messaging.operation.name": "send",
            "messaging.operation.type": "send",
            "messaging.destination.name": stream,
        }

    async def predict(self, features: Features, entity: str | None, key: str | None = None) -> Answer:
        """Score and log one request, under its Idempotency-Key if it has one; raises RefusedError.

        Features that it leaves out are looked up by its entity. It is refused where they can't be had, where
        the model has no answer, or where the key was used for another request.
        """
        row, completed = Asked(entity, features), None
        if len(features) < self._width and self._lookup is not None:
            try:
                with self._looking_up():
                    completed = await self._lookup.complete(row)
            except RefusedError:
                if (first := await self._first_answer(row, key)) is None:
                    raise
                return first
            row = Asked(entity, completed.features)
        try:
            score = await self._scoring.score(row.features)
        except ScoringError as error:
            raise RefusedError(
                Reason.NO_SCORE, f"the model has no answer to these values: {error}"
            ) from error
        try:
            with self._sending():
                record = self._record(row, score, _traceparent(), completed)
                remembered = await self._log.log(record, key)
        except KeyReusedError as error:
            raise RefusedError(Reason.KEY_REUSED, _KEY_REUSED) from error
        if remembered is None:
            self._shadows.offer((record,))
        return self._told(record, remembered)

    async def predict_rows(
        self, rows: Sequence[Asked], completed: CompletedRows, key: str | None = None
    ) -> list[Answer]:
        """Score and log the rows of one request, all or none of them; gives an answer for each, in order.

        `completed` is what `look_up` gave; the other rows bring all features. An Idempotency-Key is for all
        rows together. Raises RefusedError as `predict` does, and where the log has no room for all rows.
        """
        if completed:
            rows = [
                Asked(row.entity, completed[at].features) if at in completed else row
                for at, row in enumerate(rows)
            ]
        scores = await self._rows_scoring.score([row.features for row in rows])
        slices, records, answers = Slices(), list[Record](), list[Answer]()
        try:
            with self._sending():
                traceparent = _traceparent()
                for at, (row, score) in enumerate(zip(rows, scores, strict=True)):
                    records.append(self._record(row, score, traceparent, completed.get(at)))
                    await slices.pause()
                known = await self._log.log_many(records, key)
        except KeyReusedError as error:
            raise RefusedError(Reason.KEY_REUSED, _KEY_REUSED) from error
        except NoRoomError as error:
            raise RefusedError(Reason.OVERLOADED, _NO_ROOM) from error
        for record, remembered in zip(records, known, strict=True):
            answers.append(self._told(record, remembered))
            await slices.pause()
        self._shadows.offer([record for record, first in zip(records, known, strict=True) if first is None])
        return answers

    async def _first_answer(self, row: Asked, key: str | None) -> Answer | None:
        """The answer to a request of which this is a repeat, though its features can't be looked up now."""
        if key is None:
            return None
        first = await self._log.remembered(_asked(row), key)
        return None if first is None else self._answer(first.prediction_id, first.score)

    async def first_answers(self, rows: Sequence[Asked], key: str | None) -> list[Answer] | None:
        """The answers to rows of which these are a repeat, which then need no look-up; else None."""
        if key is None:
            return None
        slices, asked = Slices(), list[bytes]()
        for row in rows:
            asked.append(_asked(row))
            await slices.pause()
        first = await self._log.remembered_rows(asked, key)
        return None if first is None else [self._answer(each.prediction_id, each.score) for each in first]

    def lacks_features(self, rows: Sequence[Asked]) -> bool:
        """Whether features of any of the rows are to be looked up."""
        return any(len(row.features) < self._width for row in rows)

    async def look_up(self, rows: Sequence[Asked]) -> CompletedRows:
        """The rows that lack features, completed, by their index; raises RefusedError."""
        some = {at: row for at, row in enumerate(rows) if len(row.features) < self._width}
        if not some or self._lookup is None:
            return {}
        with self._looking_up():
            return await self._lookup.complete_rows(some)

    def _record(
        self, row: Asked, score: Score, traceparent: str | None, completed: Completed | None
    ) -> Record:
        prediction_id, timestamp_ms = new_prediction_id()
        return Record(
            prediction_id=prediction_id,
            timestamp_ms=timestamp_ms,
            model=self._model,
            version=self._version,
            entity=row.entity,
            features_json=to_json(row.features),
            score=score,
            traceparent=traceparent,
            looked_up=completed.looked_up if completed else None,
            given_json=completed.given_json if completed else None,
        )

    def _told(self, record: Record, remembered: Remembered | None) -> Answer:
        """Count a new prediction and give its answer; a repeat gets the first one."""
        if remembered is None:
            self._metrics.answered(record.score)
            return self._answer(record.prediction_id, record.score)
        return self._answer(remembered.prediction_id, remembered.score)

    def _sending(self) -> AbstractContextManager[object]:
        """A span of its own for what goes to Redis, if the request is traced; evaluations link to it."""
        return self._span(self._span_name, SpanKind.PRODUCER, self._span_attributes)

    def _looking_up(self) -> AbstractContextManager[object]:
        """A span of its own for the wait for the feature server, if the request is traced."""
        return self._span(_LOOK_UP, SpanKind.CLIENT, None)

    def _span(
        self, name: str, kind: SpanKind, attributes: Mapping[str, str] | None
    ) -> AbstractContextManager[object]:
        if not trace.get_current_span().is_recording():
            return _NO_SPAN
        return self._tracer.start_as_current_span(name, kind=kind, attributes=attributes)


def new_prediction_id() -> tuple[str, int]:
    """A new UUID of version 7 (RFC 9562) as text, and its time in milliseconds since the epoch.

    Not by uuid-utils, though it is faster: its times never go back. After the clock was corrected they would
    stand still until the clock has caught up.
    """
    milliseconds = time.time_ns() // 1_000_000
    random = int.from_bytes(os.urandom(10)) & _RANDOM_BITS
    digits = f"{milliseconds << 80 | _VERSION_7 | _VARIANT | random:032x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}", milliseconds


def _asked(row: Asked) -> bytes:
    """What a row says, as its record will have it."""
    return asked_of(row.entity, to_json(row.features))


def _traceparent() -> str | None:
    """Give the current span in the form of W3C trace context; None where there is no trace."""
    carrier: dict[str, str] = {}
    _TRACE_CONTEXT.inject(carrier)
    return carrier.get("traceparent")
