"""Where quality evaluations are kept and shown."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd
from opentelemetry.trace import Tracer
from pydantic import ValidationError

from drift_worker.detect.quality.labelled import labelled_rows
from drift_worker.detect.quality.stretches import LABEL
from drift_worker.evaluate.evaluator import WindowEvaluator
from drift_worker.quality.judge import QualityJudgement, QualityOf
from drift_worker.record.files import WindowFiles
from drift_worker.record.quality.evaluation import QualityEvaluation, QualityReports
from drift_worker.record.quality.files import QualityFiles, quality_partition
from drift_worker.record.quality.store import QualityStore
from drift_worker.settings import Settings
from drift_worker.show.quality import QualityPublisher
from drift_worker.show.report.quality import about_quality, quality_report

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class QualityStores:
    """Where quality evaluations are kept: in Redis, as files, and shown."""

    evaluations: QualityStore
    files: QualityFiles
    windows: WindowFiles
    tracer: Tracer

    publisher: QualityPublisher

    def save(
        self,
        quality_id: str,
        number: int,
        rows: pd.DataFrame,
        judgement: QualityJudgement,
        model: QualityOf,
    ) -> QualityReports:
        """Write the rows and the report of an evaluation; raises OSError."""
        self.files.save_rows(quality_id, rows)
        report = quality_report(
            about_quality(quality_id, number, quality_partition(quality_id), judgement.stretches[-1]),
            judgement.verdict,
            judgement.stretches,
            labelled_rows(rows, rows[LABEL], model.schema, model.reference.model),
            model.reference.labelled,
        )
        return self.files.save_report(quality_id, report)

    def leftovers(self, model: str) -> Iterator[QualityEvaluation]:
        """What a killed worker has committed and not published; the files of what it has not are removed."""
        for quality_id in self.publisher.unpublished(model):
            try:
                found = self.evaluations.get(quality_partition(quality_id), quality_id)
            except ValidationError:
                log.error("%s can't be read, so it is not shown", quality_id)  # noqa: TRY400 - that is all
                continue
            if found is None:
                self.publisher.forget(quality_id)
            else:
                yield found


def open_quality_stores(windows: WindowEvaluator, settings: Settings) -> QualityStores:
    """The stores of the same Redis and REPORTS_DIR as those of windows."""
    folder = settings.reports_dir
    return QualityStores(
        QualityStore(windows.redis),
        QualityFiles(folder),
        windows.stores.files,
        windows.tracer,
        QualityPublisher(folder, settings.reports_keep),
    )
