"""The job: read window → detect → decide → report → commit."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from contract.reading import pending_window
from contract.windows import Window, partition_of
from opentelemetry.context import Context
from opentelemetry.trace import Span, SpanKind, Tracer, get_current_span
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from redis import Redis

from drift_worker.bundles import BundleShelf
from drift_worker.decision import decide, decision_line
from drift_worker.evidently_adapter import detect
from drift_worker.lease import LeaseKeeper
from drift_worker.metrics import JobMetrics
from drift_worker.record import about, evaluation_of, ledger_counts
from drift_worker.reports import ReportStore
from drift_worker.settings import Settings
from drift_worker.stages import StageClock
from drift_worker.store import EvaluationStore
from drift_worker.window_reader import read_window

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

        Raises BadWindowIdError, UnknownBundleError or MissingEntriesError, or what Redis or the disk raise.
        """
        partition = partition_of(window_id)
        with self.keeper.lease(partition.lease(window_id)) as held:
            window = pending_window(self.redis, partition, window_id) if held else None
            if window is None:
                self.metrics.repeated()
                return
            with self.tracer.start_as_current_span(
                f"process {partition.stream}", context=Context(), kind=SpanKind.CONSUMER
            ) as span:
                self._evaluate(window, span)

    def publish_leftovers(self) -> None:
        """Publish the reports whose worker was killed between its commit and their publication."""
        for window_id in self.reports.unpublished():
            evaluation = self.store.get(window_id)
            if evaluation is not None:
                self.reports.publish(evaluation)

    def _evaluate(self, window: Window, span: Span) -> None:
        clock = StageClock(self.tracer)
        bundle, reference = self.shelf.reference(window.partition)
        with clock.stage("read"):
            rows = read_window(self.redis, window, bundle.schema)
        _link(span, rows.traceparents)
        with clock.stage("detect"):
            detection = detect(
                reference,
                rows.frame,
                bundle.schema,
                about=about(window, rows),
                drift_share_threshold=self.settings.drift_share_threshold,
            )
            verdict = decide(
                detection.findings,
                rows=len(rows.frame),
                min_rows=self.settings.window_min_rows,
                drift_share_threshold=self.settings.drift_share_threshold,
            )
        with clock.stage("report"):
            reports = self.reports.save(window.id, detection.report, rows.frame)
        evaluation = evaluation_of(
            window,
            rows,
            findings=detection.findings,
            verdict=verdict,
            reports=reports,
            durations=clock.seconds,
        )
        with clock.stage("commit"):
            committed = self.store.commit(evaluation, ledger_counts(rows), rows.dead_letters)
        if not committed:
            self.metrics.repeated()
            return
        self.reports.publish(evaluation)
        self.metrics.committed(clock.seconds)
        html, json = (reports.html, reports.json_) if reports else (None, None)
        line = decision_line(verdict, report_html=html, report_json=json)
        log.info("%s", line, extra={"window_id": window.id})


def _link(span: Span, traceparents: Sequence[str]) -> None:
    """Link the evaluation to the traces of its window's requests."""
    propagator = TraceContextTextMapPropagator()
    for traceparent in traceparents:
        request = propagator.extract({"traceparent": traceparent}, context=Context())
        span.add_link(get_current_span(request).get_span_context())
