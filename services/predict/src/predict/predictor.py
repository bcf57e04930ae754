"""From a valid request to an answer: score, record, append."""

from dataclasses import dataclass

from bundle import Bundle, ClassValue, Scorer, ScoringError
from contract.keys import Partition
from contract.record import Record
from opentelemetry import trace
from opentelemetry.trace import SpanContext, SpanKind, Tracer
from pydantic_core import to_json

from predict.errors import Reason, RefusedError
from predict.feature_log import FeatureLog
from predict.identifiers import new_prediction_id
from predict.metrics import Metrics
from predict.request_model import Asked


@dataclass(frozen=True, slots=True)
class Answer:
    """A prediction whose record is in the stream."""

    prediction_id: str
    prediction: ClassValue
    probability: float
    model: str
    model_version: str


class Predictor:
    """The one way from features to an answer, whatever brought the request."""

    def __init__(
        self, bundle: Bundle, scorer: Scorer, log: FeatureLog, metrics: Metrics, tracer: Tracer
    ) -> None:
        self._scorer = scorer
        self._log = log
        self._metrics = metrics
        self._tracer = tracer
        self._model, self._version = bundle.name, bundle.version
        self._classes, self._threshold = bundle.metadata.classes, bundle.metadata.threshold
        stream = Partition(bundle.name, bundle.version).stream
        self._span_name = f"send {stream}"
        self._span_attributes = {
            "messaging.system": "redis",
            "messaging.operation.name": "send",
            "messaging.operation.type": "send",
            "messaging.destination.name": stream,
        }

    async def predict(self, asked: Asked) -> Answer:
        """Score and log one request; raises RefusedError where the model has no answer, or NotLoggedError."""
        try:
            probability = self._scorer.score_row(asked.features)
        except ScoringError as error:
            raise RefusedError(
                Reason.NO_SCORE, f"the model has no answer to these values: {error}"
            ) from error
        prediction_id = await self._append(asked, probability)
        positive = probability >= self._threshold
        self._metrics.answered(positive, probability)
        return Answer(prediction_id, self._classes[positive], probability, self._model, self._version)

    async def _append(self, asked: Asked, score: float) -> str:
        """Log one record; a traced request does so in a span of its own, which evaluations link to."""
        current = trace.get_current_span()
        if not current.is_recording():
            return await self._append_as(asked, score, current.get_span_context())
        with self._tracer.start_as_current_span(
            self._span_name, kind=SpanKind.PRODUCER, attributes=self._span_attributes
        ) as span:
            return await self._append_as(asked, score, span.get_span_context())

    async def _append_as(self, asked: Asked, score: float, context: SpanContext) -> str:
        prediction_id, timestamp_ms = new_prediction_id()
        record = Record(
            prediction_id=prediction_id,
            timestamp_ms=timestamp_ms,
            model=self._model,
            version=self._version,
            entity=asked.entity,
            features_json=to_json(asked.features),
            score=score,
            traceparent=_traceparent(context),
        )
        await self._log.append(record)
        return prediction_id


def _traceparent(context: SpanContext) -> str | None:
    """The span as version 00 of W3C trace context; None where nothing is traced."""
    if not context.is_valid:
        return None
    return f"00-{context.trace_id:032x}-{context.span_id:016x}-{context.trace_flags:02x}"
