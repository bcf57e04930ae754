"""The drift job as a worker runs it, without RQ's loop around it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from opentelemetry.metrics import NoOpMeter
from opentelemetry.trace import NoOpTracer

from bundle import Bundle
from contract.partition import pending_window
from contract.redis.connection import background_client
from contract.windows import partition_of
from drift_worker.evaluate.evaluator import WindowEvaluator, window_evaluator
from drift_worker.evaluate.lease import LeaseKeeper
from drift_worker.metrics import JobMetrics
from drift_worker.settings import Settings
from drift_worker.window.read import read_window


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
        reference = self.evaluator.stores.bundles.reference(partition)
        return reference.frame, read_window(self.evaluator.redis, window, reference.schema).frame

    def evaluate(self, window_id: str) -> None:
        """Evaluate the window."""
        self.evaluator.evaluate_window(window_id)

    def stages(self, window_id: str) -> dict[str, float]:
        """Seconds of the stages of a committed evaluation; raises LookupError where there is none."""
        evaluation = self.evaluator.stores.evaluations.get(window_id)
        if evaluation is None:
            raise LookupError(f"{window_id} was not evaluated")
        return evaluation.durations


@contextmanager
def drift_job(redis_url: str, folder: Path, bundle: Bundle) -> Iterator[DriftJob]:
    """A job like a worker's: its lease is kept, its reports go into the folder; telemetry is off."""
    settings = Settings(redis_url=redis_url, reports_dir=folder)
    redis = background_client(redis_url)
    keeper = LeaseKeeper(redis, "bench", settings.lease_ttl)
    evaluator = window_evaluator(redis, settings, keeper, JobMetrics(NoOpMeter("bench")), NoOpTracer())
    evaluator.stores.bundles.add(bundle)
    with keeper.beating():
        yield DriftJob(evaluator)
