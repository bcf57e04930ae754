"""One window from its id to its published evaluation: read → judge → save → commit → publish."""

import logging
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from opentelemetry.context import Context
from opentelemetry.trace import Span, SpanKind, Tracer, get_current_span
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from redis import Redis
from redis.exceptions import RedisError

from contract.partition import pending_window
from contract.stream.read import READ_BATCH, entries
from contract.windows import Window, partition_of
from drift_worker.errors import MissingBundleError
from drift_worker.evaluate.attempts import MAX_DEATHS, MAX_FAILURES, Attempts
from drift_worker.evaluate.judge import RowsEvaluator
from drift_worker.evaluate.lease import LeaseKeeper
from drift_worker.evaluate.stages import StageClock, span
from drift_worker.evaluate.stores import Stores, open_stores
from drift_worker.metrics import JobMetrics
from drift_worker.record.evaluation import Evaluation, evaluation_line, evaluation_without_result
from drift_worker.settings import Settings
from drift_worker.window.read import read_window

MAX_ERROR: Final = 500
"""Characters of an error that an evaluation tells."""

log = logging.getLogger(__name__)


def window_evaluator(
    redis: Redis, settings: Settings, keeper: LeaseKeeper, metrics: JobMetrics, tracer: Tracer
) -> "WindowEvaluator":
    """Wire an evaluator over this Redis and REPORTS_DIR."""
    return WindowEvaluator(
        redis, RowsEvaluator.of(open_stores(redis, settings), settings), keeper, metrics, tracer
    )


@dataclass(frozen=True, slots=True)
class WindowEvaluator:
    """Evaluates closed windows, each once, whoever else tries."""

    redis: Redis
    rows: RowsEvaluator
    keeper: LeaseKeeper
    metrics: JobMetrics
    tracer: Tracer

    @property
    def stores(self) -> Stores:
        """Where evaluations and their files are kept."""
        return self.rows.stores

    def evaluate_window(self, window_id: str) -> None:
        """Evaluate the window unless it has an evaluation or another worker holds its lease.

        Raises BadWindowIdError, or what the evaluation raised: the failure is counted, and it is tried again.
        """
        partition = partition_of(window_id)
        self.metrics.expect(partition)
        with self.keeper.lease(partition.lease(window_id)) as held:
            window = pending_window(self.redis, partition, window_id) if held else None
            if window is None:
                self.metrics.skipped(partition)
                return
            name = f"process {partition.stream}"
            with span(self.tracer, name, context=Context(), kind=SpanKind.CONSUMER) as current:
                self._attempt(window, current)

    def publish_leftovers(self) -> None:
        """Publish the reports whose worker was killed between its commit and their publication."""
        for window_id in self.stores.publisher.unpublished():
            evaluation = self.stores.evaluations.get(window_id)
            if evaluation is not None:
                self._publish(evaluation)

    def _attempt(self, window: Window, current: Span) -> None:
        """Evaluate the window; the third failure is its evaluation, so that nothing is tried for ever."""
        attempts, clock = Attempts(self.redis, window), StageClock(self.tracer)
        deaths = attempts.begin()
        try:
            if deaths >= MAX_DEATHS:
                self._give_up(window, f"its worker died {deaths} times", at_once=1)
                return
            if not self._has_bundle(window, attempts):
                return
            evaluation = self._evaluate(window, current, clock)
        except RedisError:
            with suppress(RedisError):
                attempts.end()
            raise  # not the window's fault
        except Exception as error:
            failures = attempts.fail()
            if failures >= MAX_FAILURES:
                self._give_up(window, f"{type(error).__name__}: {error}"[:MAX_ERROR])
            if failures > 0:
                raise
            evaluation = None
        if evaluation is None:
            attempts.forget()
            self.metrics.skipped(window.partition)
            return
        self._publish(evaluation)
        self.metrics.committed(window.partition, clock.seconds)
        log.info("%s", evaluation_line(evaluation), extra={"window_id": window.id})

    def _has_bundle(self, window: Window, attempts: Attempts) -> bool:
        """Whether the window can be evaluated; without its bundle it waits, which is no failure."""
        try:
            self.stores.bundles.schema(window.partition)
        except MissingBundleError as error:
            attempts.end()
            if attempts.lacks(str(error)):
                log.error("window %s waits: %s", window.id, error)  # noqa: TRY400 - the message says all that is known
            self.metrics.skipped(window.partition)
            return False
        attempts.lacks_nothing()
        return True

    def _evaluate(self, window: Window, current: Span, clock: StageClock) -> Evaluation | None:
        """The evaluation, committed; None where another worker's evaluation counts."""
        stores = self.stores
        with clock.stage("read"):
            rows = read_window(self.redis, window, stores.bundles.schema(window.partition))
        _link(current, rows.traceparents)
        evaluation = self.rows.evaluate(window, rows, clock)
        with clock.stage("commit"):
            committed = stores.evaluations.commit(evaluation, rows.ledger_counts(window), rows.dead_letters)
        return evaluation if committed or stores.evaluations.stands(evaluation) else None

    def _give_up(self, window: Window, error: str, at_once: int = READ_BATCH) -> None:
        """Save the window's entries, and commit that it failed.

        Entries are read `at_once` at a time: one where their size may be what killed the workers.
        """
        stores = self.stores
        stores.files.save_entries(window, entries(self.redis, window, at_once))
        evaluation = evaluation_without_result(window, "failed", "it could not be evaluated", error)
        committed = stores.evaluations.commit(evaluation, {"failed": window.rows})
        if committed or stores.evaluations.stands(evaluation):
            self._publish(evaluation)
            what = error.partition(":")[0]  # the rest may quote a value
            log.error(
                "window %s failed: %s; `drift-worker retry` evaluates its saved entries", window.id, what
            )

    def _publish(self, evaluation: Evaluation) -> None:
        """Show a committed evaluation; where the disk refuses, it counts all the same."""
        try:
            self.stores.publisher.publish(evaluation)
        except OSError as error:
            log.error(  # noqa: TRY400 - the message says all that is known
                "the report of %s is not shown: %s: %s; the next worker that starts tries again",
                *(evaluation.window_id, error.filename, error.strerror),
            )


def _link(current: Span, traceparents: Sequence[str]) -> None:
    """Link the evaluation to the traces of its window's requests."""
    propagator = TraceContextTextMapPropagator()
    for traceparent in traceparents:
        request = propagator.extract({"traceparent": traceparent}, context=Context())
        current.add_link(get_current_span(request).get_span_context())
