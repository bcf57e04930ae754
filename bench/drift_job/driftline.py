"""The drift job as a worker runs it, without RQ's loop around it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from bundle import Bundle
from contract.redis import background_client
from contract.stream.read import pending_window
from contract.windows import partition_of
from drift_worker.evaluate.evaluator import WindowEvaluator
from drift_worker.evaluate.lease import LeaseKeeper
from drift_worker.metrics import JobMetrics
from drift_worker.record.bundles import BundleShelf
from drift_worker.record.reports import ReportStore
from drift_worker.record.store import EvaluationStore
from drift_worker.settings import Settings
from drift_worker.window.read import read_window
from opentelemetry.metrics import NoOpMeter
from opentelemetry.trace import NoOpTracer


@dataclass(frozen=True, slots=True)
class DriftJob:
    """Evaluates windows, and shows the frames that it compares."""

    evaluator: WindowEvaluator

    def frames(self, window_id: str) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Reference and current of a closed window, as the job has them in memory."""
        partition = partition_of(window_id)
        window = pending_window(self.evaluator.redis, partition, window_id)
        if window is None:
            raise LookupError(f"{window_id} is no closed window without an evaluation")
        bundle, reference = self.evaluator.shelf.reference(partition)
        return reference, read_window(self.evaluator.redis, window, bundle.schema).frame

    def evaluate(self, window_id: str) -> None:
        """Evaluate the window."""
        self.evaluator.evaluate_window(window_id)

    def stages(self, window_id: str) -> dict[str, float]:
        """Seconds of the stages of a committed evaluation; raises LookupError where there is none."""
        evaluation = self.evaluator.store.get(window_id)
        if evaluation is None:
            raise LookupError(f"{window_id} was not evaluated")
        return evaluation.durations


@contextmanager
def drift_job(redis_url: str, folder: Path, bundle: Bundle) -> Iterator[DriftJob]:
    """A job like a worker's: its lease is kept, its reports go into the folder; telemetry is off."""
    settings = Settings(redis_url=redis_url, reports_dir=folder)
    redis = background_client(redis_url)
    keeper = LeaseKeeper(redis, "bench", settings.lease_ttl)
    shelf = BundleShelf(folder / "bundles")
    shelf.add(bundle)
    evaluator = WindowEvaluator(
        redis=redis,
        settings=settings,
        shelf=shelf,
        store=EvaluationStore(redis),
        reports=ReportStore(folder, keep=settings.reports_keep),
        keeper=keeper,
        metrics=JobMetrics(NoOpMeter("bench")),
        tracer=NoOpTracer(),
    )
    with keeper.beating():
        yield DriftJob(evaluator)
