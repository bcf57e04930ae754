"""From a window's rows to its evaluation, and the stores that an evaluation needs."""

from dataclasses import dataclass
from typing import Self

from contract.windows import Window
from redis import Redis

from drift_worker.decide.decision import Policy
from drift_worker.detect.evidently.report import About
from drift_worker.evaluate.judge import judge
from drift_worker.evaluate.stages import StageClock
from drift_worker.record.bundles import BundleCache
from drift_worker.record.evaluation import Evaluation, evaluation_of
from drift_worker.record.files import WindowFiles
from drift_worker.record.store import EvaluationStore
from drift_worker.settings import Settings
from drift_worker.show.publish import Publisher
from drift_worker.window.read import WindowRows


@dataclass(frozen=True, slots=True)
class Stores:
    """Where evaluations are kept: in Redis, as files, and shown; and the bundles that they are made with."""

    evaluations: EvaluationStore
    files: WindowFiles
    publisher: Publisher
    bundles: BundleCache


def open_stores(redis: Redis, settings: Settings) -> Stores:
    """The stores of this Redis and of REPORTS_DIR."""
    folder = settings.reports_dir
    return Stores(
        EvaluationStore(redis),
        WindowFiles(folder),
        Publisher(folder, settings.reports_keep),
        BundleCache(folder / "bundles"),
    )


@dataclass(frozen=True, slots=True)
class RowsEvaluator:
    """Judges the rows of windows by a policy, and saves their files."""

    stores: Stores
    policy: Policy

    @classmethod
    def of(cls, stores: Stores, settings: Settings) -> Self:
        """An evaluator by the policy of the settings."""
        return cls(stores, Policy(settings.window_min_rows, settings.drift_share_threshold))

    def evaluate(self, window: Window, rows: WindowRows, clock: StageClock) -> Evaluation:
        """The evaluation of a window, its files saved and nothing committed.

        Raises UnknownBundleError, FrameError, EvidentlyResultError.
        """
        bundle, reference = self.stores.bundles.reference(window.partition)
        with clock.stage("detect"):
            judgement = judge(reference, rows.frame, bundle.schema, self.policy)
        with clock.stage("report"):
            report = judgement.report(_about(window, rows))
            reports = self.stores.files.save(window.id, report, rows.frame)
        return evaluation_of(
            window,
            rows,
            findings=judgement.findings,
            verdict=judgement.verdict,
            min_rows=self.policy.min_rows,
            reports=reports,
            durations=clock.seconds,
        )


def _about(window: Window, rows: WindowRows) -> About:
    """What the report says of itself: its time is that of the window's last record."""
    first, last = rows.times(window)
    return About(
        name=f"window {window.number}",
        timestamp=last,
        metadata={
            "window_id": window.id,
            "model": window.partition.model,
            "model_version": window.partition.version,
            "rows": str(len(rows.frame)),
            "first_time": first.isoformat(),
            "last_time": last.isoformat(),
        },
    )
