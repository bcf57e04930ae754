"""Where quality evaluations are kept and shown."""

from dataclasses import dataclass

import pandas as pd
from opentelemetry.trace import Tracer

from drift_worker.evaluate.evaluator import WindowEvaluator
from drift_worker.quality.judge import QualityJudgement, QualityOf
from drift_worker.record.files import WindowFiles
from drift_worker.record.quality.evaluation import QualityEvaluation, QualityReports
from drift_worker.record.quality.files import QualityFiles
from drift_worker.record.quality.store import QualityStore
from drift_worker.settings import Settings


@dataclass(frozen=True, slots=True)
class QualityStores:
    """Where quality evaluations are kept: in Redis, as files, and shown."""

    evaluations: QualityStore
    files: QualityFiles
    windows: WindowFiles
    tracer: Tracer

    def save(
        self, quality_id: str, rows: pd.DataFrame, judgement: QualityJudgement, model: QualityOf
    ) -> QualityReports | None:
        """Write the rows and the report of an evaluation."""
        self.files.save_rows(quality_id, rows)
        return None

    def publish(self, evaluation: QualityEvaluation) -> None:
        """Show a committed evaluation."""


def open_quality_stores(windows: WindowEvaluator, settings: Settings) -> QualityStores:
    """The stores of the same Redis and REPORTS_DIR as those of windows."""
    folder = settings.reports_dir
    return QualityStores(
        QualityStore(windows.redis), QualityFiles(folder), windows.stores.files, windows.tracer
    )
