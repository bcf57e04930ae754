"""A look at the labels of a model: matured ones are counted, and evaluated where enough of them are new."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from redis import Redis

from contract.keys import Partition
from contract.labels.progress import note_quality_due
from drift_worker.errors import DriftWorkerError
from drift_worker.evaluate.evaluator import WindowEvaluator
from drift_worker.evaluate.stages import StageClock
from drift_worker.labels.horizon import Horizons
from drift_worker.labels.windows import EvaluatedWindows, versions
from drift_worker.metrics import JobMetrics
from drift_worker.quality.judge import QualityBundles, QualityJudgement
from drift_worker.quality.news import Matured, implied_windows, label_counts
from drift_worker.quality.rows import quality_rows
from drift_worker.quality.stores import QualityStores, open_quality_stores
from drift_worker.record.quality.evaluation import QualityEvaluation, quality_evaluation_of
from drift_worker.record.quality.files import quality_id_of
from drift_worker.settings import Settings

AGAIN: Final = 60
"""Seconds after which a look that failed is tried again."""

_BEYOND_JUDGING: Final = (DriftWorkerError, OSError, ValueError, ArithmeticError, LookupError, TypeError)
"""What a version's rows may bring about: damaged files, and columns that are others than the bundle's."""

log = logging.getLogger(__name__)


def quality_evaluator(windows: WindowEvaluator, horizons: Horizons, settings: Settings) -> "QualityEvaluator":
    """Wire an evaluator over what windows are evaluated with."""
    return QualityEvaluator(
        windows.redis,
        open_quality_stores(windows, settings),
        QualityBundles(windows.stores.bundles),
        horizons,
        settings.quality_rows,
        settings.window_min_rows,
        windows.metrics,
    )


@dataclass(frozen=True, slots=True)
class QualityEvaluator:
    """Evaluates a model's versions as their labels mature; one process at a time, as labels are joined."""

    redis: Redis
    stores: QualityStores
    bundles: QualityBundles
    horizons: Horizons
    every: int
    """New labels from which on a version is evaluated again."""

    min_labels: int
    """Fewer labels than this are INSUFFICIENT_DATA."""

    metrics: JobMetrics
    clock: Callable[[], float] = time.time
    windows: EvaluatedWindows = field(init=False)

    def __post_init__(self) -> None:
        """Begin without knowing any window."""
        object.__setattr__(self, "windows", EvaluatedWindows(self.redis))

    def look(self, model: str) -> None:
        """Evaluate each version of the model that has enough news; raises RedisError.

        A version that can't be evaluated keeps no other from its turn, and is tried again.
        """
        now_ms = round(self.clock() * 1_000)
        note_quality_due(self.redis, model, now_ms // 1_000 + AGAIN)
        for evaluation in self.stores.leftovers(model):
            self._publish(evaluation)
        every, counts = self.windows.of(model), label_counts(self.redis, model)
        implied = implied_windows(self.redis, model)
        due = []
        for partition in versions(self.redis, model):
            horizon = self.horizons.of(partition)
            own = [each for each in every if each.partition == partition]
            if horizon.implies_after_ms:
                own = [each for each in own if each.id in implied]
            matured = Matured.of(own, counts, horizon.horizon_ms, now_ms)
            due.append(matured.due)
            try:
                self._look(partition, matured, until_labelled=horizon.horizon_ms is None)
            except _BEYOND_JUDGING as error:
                due.append(now_ms // 1_000 + AGAIN)
                self.metrics.quality(partition, "failed")
                is_told = isinstance(error, DriftWorkerError | OSError)  # the text of others may hold values
                what = str(error) if is_told else type(error).__name__
                log.error("the quality of %s can't be evaluated: %s", partition, what)  # noqa: TRY400
        note_quality_due(self.redis, model, min((each for each in due if each), default=0))

    def _look(self, partition: Partition, matured: Matured, *, until_labelled: bool) -> None:
        before = self.stores.evaluations.newest(partition)
        if matured.news(before.matured if before else 0, before.implied if before else 0) < self.every:
            return
        evaluation = self._evaluate(partition, matured, before, until_labelled=until_labelled)
        if evaluation is None:
            return
        commits = self.stores.evaluations
        if not (commits.commit(evaluation, before) or commits.stands(evaluation)):
            self.metrics.quality(partition, "skipped")
            return
        self._publish(evaluation)
        self.metrics.quality(partition, "committed")
        log.info("%s", evaluation.line, extra={"quality_id": evaluation.quality_id})

    def _publish(self, evaluation: QualityEvaluation) -> None:
        """Show a committed evaluation; where the disk refuses, it counts all the same."""
        try:
            self.stores.publisher.publish(evaluation)
        except OSError as error:
            log.error(  # noqa: TRY400 - the message says all that is known
                "the report of %s is not shown: %s: %s; the next look tries again",
                *(evaluation.quality_id, error.filename, error.strerror),
            )

    def _evaluate(
        self,
        partition: Partition,
        matured: Matured,
        before: QualityEvaluation | None,
        *,
        until_labelled: bool,
    ) -> QualityEvaluation | None:
        """The evaluation with its files saved and nothing committed; None where no row can be had."""
        stages, model = StageClock(self.stores.tracer), self.bundles.of(partition)
        with stages.stage("read"):
            rows = quality_rows(
                matured.windows, self.stores.windows, model.schema, until_labelled=until_labelled
            )
        if rows.empty:
            return None
        number = before.number + 1 if before else 1
        newest = int(rows[model.schema.timestamp].iloc[-1].timestamp() * 1_000)
        quality_id = quality_id_of(partition, number, newest)
        with stages.stage("detect"):
            judgement = QualityJudgement.of(rows, model, self.min_labels)
        with stages.stage("report"):
            reports = self.stores.save(quality_id, number, rows, judgement, model)
        return quality_evaluation_of(
            quality_id,
            number,
            partition,
            matured=matured.labels,
            implied=matured.implied,
            stretches=judgement.stretches,
            verdict=judgement.verdict,
            min_labels=self.min_labels,
            reports=reports,
            durations=stages.seconds,
        )
