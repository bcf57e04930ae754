"""What goes wrong in an evaluation is told without the values that it went wrong with."""

import logging
from pathlib import Path

import pytest
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode
from redis import Redis
from rq import Queue, SimpleWorker
from rq.serializers import JSONSerializer

from contract.keys import Partition
from contract.redis.queue import QUEUE, enqueue
from contract.stream.record import Record
from drift_worker.detect.drift import Reference
from drift_worker.evaluate.evaluator import WindowEvaluator
from drift_worker.record.bundles import BundleCache
from drift_worker.worker.jobs import WindowQueue, checked_job_class, redacted
from tests.support.evaluations.windows import close_window, with_bundles

QUOTED = "value-4711"


class QuotingCache(BundleCache):
    """A cache whose error quotes a value, as those of pandas and numpy do."""

    def reference(self, partition: Partition) -> Reference:
        """Raise it, with another error that quotes one as its cause."""
        try:
            float(QUOTED)
        except ValueError as error:
            raise ValueError(f"{partition}: {QUOTED} can't be compared") from error
        return super().reference(partition)


def work(redis: Redis, evaluator: WindowEvaluator) -> None:
    """Work as a worker does until the queue is empty."""
    worker = SimpleWorker(
        [QUEUE],
        connection=redis,
        queue_class=WindowQueue,
        job_class=checked_job_class(redacted(evaluator.evaluate_window), print, 60, lambda: None),
        serializer=JSONSerializer,
    )
    worker.work(burst=True, logging_level="DEBUG")


def test_no_value_gets_into_a_log_line_or_a_span(
    redis: Redis,
    queue: Queue,
    evaluator: WindowEvaluator,
    partition: Partition,
    month_001: list[Record],
    *,
    spans: InMemorySpanExporter,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The type and the place are told instead, also when the window is given up."""
    window = close_window(redis, partition, month_001[:300])
    quoting = with_bundles(evaluator, QuotingCache(tmp_path / "bundles"))
    with caplog.at_level(logging.DEBUG):
        for _ in range(3):
            enqueue(queue, window.id)
            work(redis, quoting)
            redis.delete(f"rq:job:{window.id}")
    evaluation = evaluator.stores.evaluations.get(window.id)
    assert evaluation is not None
    assert evaluation.status == "failed"
    lines = [record.getMessage() + str(record.__dict__) for record in caplog.records]
    assert not [line for line in lines if QUOTED in line]
    assert any("EvaluationError: ValueError" in line for line in lines)
    assert any("test_redaction.py" in line for line in lines), "the place"
    (span, *_) = spans.get_finished_spans()
    assert QUOTED not in span.to_json()
    assert (span.status.status_code, span.status.description) == (StatusCode.ERROR, "ValueError")
