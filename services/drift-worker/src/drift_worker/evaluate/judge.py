"""From a window's rows to its evaluation: detect → decide → report."""

from dataclasses import dataclass

import pandas as pd
from bundle import Bundle
from contract.windows import Window

from drift_worker.decide.decision import decide
from drift_worker.detect.drift import detect
from drift_worker.evaluate.stages import StageClock
from drift_worker.record.assembly import about, evaluation_of
from drift_worker.record.evaluation import Evaluation
from drift_worker.record.reports import ReportStore
from drift_worker.settings import Settings
from drift_worker.window.read import WindowRows


@dataclass(frozen=True, slots=True)
class RowsEvaluator:
    """Compares the rows of windows with the reference, by the settings, and saves the reports."""

    settings: Settings
    reports: ReportStore

    def evaluate(
        self, window: Window, rows: WindowRows, bundle: Bundle, reference: pd.DataFrame, clock: StageClock
    ) -> Evaluation:
        """The evaluation, its files saved and nothing committed; raises FrameError, EvidentlyResultError."""
        settings = self.settings
        with clock.stage("detect"):
            detection = detect(
                reference,
                rows.frame,
                bundle.schema,
                about=about(window, rows),
                drift_share_threshold=settings.drift_share_threshold,
            )
            verdict = decide(
                detection.findings,
                rows=len(rows.frame),
                min_rows=settings.window_min_rows,
                drift_share_threshold=settings.drift_share_threshold,
            )
        with clock.stage("report"):
            reports = self.reports.save(window.id, detection.report, rows.frame)
        return evaluation_of(
            window,
            rows,
            findings=detection.findings,
            verdict=verdict,
            min_rows=settings.window_min_rows,
            reports=reports,
            durations=clock.seconds,
        )
