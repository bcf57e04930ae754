"""The job: read window → detect → decide → report → commit."""

import logging
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from contract.reading import entries, pending_window
from contract.windows import Window, partition_of
from opentelemetry.context import Context
from opentelemetry.trace import Span, SpanKind, StatusCode, Tracer, get_current_span
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from redis import Redis
from redis.exceptions import RedisError

from drift_worker.attempts import MAX_DEATHS, MAX_FAILURES, Attempts
from drift_worker.bundles import BundleShelf
from drift_worker.decision import decision_line_of
from drift_worker.errors import DriftWorkerError, EvaluationError
from drift_worker.evaluating import RowsEvaluator
from drift_worker.evaluation import evaluation_without_result
from drift_worker.lease import LeaseKeeper
from drift_worker.metrics import JobMetrics
from drift_worker.record import ledger_counts
from drift_worker.reports import ReportStore
from drift_worker.settings import Settings
from drift_worker.stages import StageClock
from drift_worker.store import EvaluationStore
from drift_worker.window_reader import read_window

MAX_ERROR: Final = 500
"""Characters of an error that an evaluation tells."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class WindowEvaluator:
    """Evaluates closed windows, each once, whoever else tries."""

    redis: Redis
    settings: Settings
    shelf: BundleShelf
    store: EvaluationStore
    reports: ReportStore
    keeper: LeaseKeeper
    metrics: JobMetrics
    tracer: Tracer

    def evaluate_window(self, window_id: str) -> None:
        """Evaluate the window unless it has an evaluation or another worker holds its lease.

        Raises BadWindowIdError, RedisError, or EvaluationError: it is counted, and tried again.
        """
        partition = partition_of(window_id)
        with self.keeper.lease(partition.lease(window_id)) as held:
            window = pending_window(self.redis, partition, window_id) if held else None
            if window is None:
                self.metrics.repeated()
                return
            with self.tracer.start_as_current_span(
                f"process {partition.stream}",
                context=Context(),
                kind=SpanKind.CONSUMER,
                record_exception=False,  # its text may quote a value
                set_status_on_exception=False,
            ) as span:
                self._attempt(window, span)

    def publish_leftovers(self) -> None:
        """Publish the reports whose worker was killed between its commit and their publication."""
        for window_id in self.reports.unpublished():
            evaluation = self.store.get(window_id)
            if evaluation is not None:
                self.reports.publish(evaluation)

    def _attempt(self, window: Window, span: Span) -> None:
        """Evaluate the window; the third failure is its evaluation, so that nothing is tried for ever."""
        attempts = Attempts(self.redis, window)
        deaths = attempts.begin()
        try:
            if deaths >= MAX_DEATHS:
                self._give_up(window, f"its worker died {deaths} times")
                return
            self._evaluate(window, span)
            attempts.forget()
        except RedisError:
            with suppress(RedisError):
                attempts.end()
            raise  # not the window's fault
        except Exception as error:
            span.set_status(StatusCode.ERROR, type(error).__name__)
            if pending_window(self.redis, window.partition, window.id) is None:
                attempts.forget()  # another worker has evaluated it
            elif attempts.fail() >= MAX_FAILURES:
                self._give_up(window, f"{type(error).__name__}: {error}"[:MAX_ERROR])
            if isinstance(error, DriftWorkerError):
                raise
            log.exception("window %s could not be evaluated", window.id)
            raise EvaluationError(type(error).__name__) from None

    def _evaluate(self, window: Window, span: Span) -> None:
        clock = StageClock(self.tracer)
        bundle, reference = self.shelf.reference(window.partition)
        with clock.stage("read"):
            rows = read_window(self.redis, window, bundle.schema)
        _link(span, rows.traceparents)
        evaluator = RowsEvaluator(self.settings, self.reports)
        evaluation = evaluator.evaluate(window, rows, bundle, reference, clock)
        with clock.stage("commit"):
            committed = self.store.commit(evaluation, ledger_counts(window, rows), rows.dead_letters)
        if not committed:
            self.metrics.repeated()
            return
        self.reports.publish(evaluation)
        self.metrics.committed(clock.seconds)
        log.info("%s", decision_line_of(evaluation), extra={"window_id": window.id})

    def _give_up(self, window: Window, error: str) -> None:
        """Save the window's entries, and commit that it failed."""
        self.reports.save_entries(window, entries(self.redis, window))
        evaluation = evaluation_without_result(window, "failed", "it could not be evaluated", error)
        if self.store.commit(evaluation, {"failed": window.rows}):
            self.reports.publish(evaluation)
            what = error.partition(":")[0]  # the rest may quote a value
            log.error(
                "window %s failed: %s; `drift-worker retry` evaluates its saved entries", window.id, what
            )


def _link(span: Span, traceparents: Sequence[str]) -> None:
    """Link the evaluation to the traces of its window's requests."""
    propagator = TraceContextTextMapPropagator()
    for traceparent in traceparents:
        request = propagator.extract({"traceparent": traceparent}, context=Context())
        span.add_link(get_current_span(request).get_span_context())
