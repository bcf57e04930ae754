"""From a valid request to an answer: score, record, append."""

import os
import time
from collections.abc import Callable
from functools import partial
from typing import Final

from bundle import Bundle, ScoringError
from contract.keys import Partition
from contract.schema import Features
from contract.stream.idempotency import Remembered
from contract.stream.record import Record
from feature_log import FeatureLog, KeyReusedError
from opentelemetry import trace
from opentelemetry.trace import SpanKind, Tracer
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from pydantic_core import to_json

from predict.errors import Reason, RefusedError
from predict.metrics import Metrics
from predict.score.answers import Answer, answering
from predict.score.batching import SharedScoring

_VERSION_7: Final = 0x7 << 76
_VARIANT: Final = 0b10 << 62
_RANDOM_BITS: Final = (1 << 80) - 1 & ~(0xF << 76) & ~(0b11 << 62)

_TRACE_CONTEXT: Final = TraceContextTextMapPropagator()


class Predictor:
    """The one way from features to an answer, whatever brought the request."""

    def __init__(
        self, bundle: Bundle, scoring: SharedScoring, log: FeatureLog, metrics: Metrics, tracer: Tracer
    ) -> None:
        self._scoring = scoring
        self._log = log
        self._metrics = metrics
        self._tracer = tracer
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

        It is refused where the model has no answer, or where the key was used for another request.
        """
        try:
            score = await self._scoring.score(features)
        except ScoringError as error:
            raise RefusedError(
                Reason.NO_SCORE, f"the model has no answer to these values: {error}"
            ) from error
        prediction_id, timestamp_ms = new_prediction_id()
        record = partial(
            Record,
            prediction_id=prediction_id,
            timestamp_ms=timestamp_ms,
            model=self._model,
            version=self._version,
            entity=entity,
            features_json=to_json(features),
            score=score,
        )
        try:
            remembered = await self._append(record, key)
        except KeyReusedError as error:
            raise RefusedError(
                Reason.KEY_REUSED, "Idempotency-Key: it was used for another request"
            ) from error
        if remembered is None:
            self._metrics.answered(score)
            return self._answer(prediction_id, score)
        return self._answer(remembered.prediction_id, remembered.score)

    async def _append(self, record: Callable[..., Record], key: str | None) -> Remembered | None:
        """Log one record; a traced request does so in a span of its own, which evaluations link to."""
        if not trace.get_current_span().is_recording():
            return await self._log.log(record(traceparent=_traceparent()), key)
        with self._tracer.start_as_current_span(
            self._span_name, kind=SpanKind.PRODUCER, attributes=self._span_attributes
        ):
            return await self._log.log(record(traceparent=_traceparent()), key)


def new_prediction_id() -> tuple[str, int]:
    """A new UUID of version 7 (RFC 9562) as text, and its time in milliseconds since the epoch.

    Not by uuid-utils, though it is faster: its times never go back. After the clock was corrected they would
    stand still until the clock has caught up.
    """
    milliseconds = time.time_ns() // 1_000_000
    random = int.from_bytes(os.urandom(10)) & _RANDOM_BITS
    digits = f"{milliseconds << 80 | _VERSION_7 | _VARIANT | random:032x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}", milliseconds


def _traceparent() -> str | None:
    """Give the current span in the form of W3C trace context; None where there is no trace."""
    carrier: dict[str, str] = {}
    _TRACE_CONTEXT.inject(carrier)
    return carrier.get("traceparent")
