"""Logs the evaluations that stand in Redis to the runs of their model versions in MLflow."""

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Protocol

from redis import Redis
from redis.exceptions import ReadOnlyError, ResponseError

from contract.keys import Partition
from contract.partition import partitions
from drift_worker.record.evaluation import Evaluation
from drift_worker.record.quality.store import QualityStore
from drift_worker.record.registered import kept_bundle, read_registered
from drift_worker.record.store import EvaluationStore
from drift_worker.tracking.points import quality_points, quality_tags, window_points, window_tags
from drift_worker.tracking.progress import Progress
from registry import (
    AccessRefusedError,
    RegisteredVersion,
    RegistryAwayError,
    RegistryClient,
    UnknownModelError,
)
from registry.errors import RefusedByRegistryError, UnreachableRegistryError
from registry.rest.runs import Runs

AT_ONCE: Final = 50
"""Evaluations in one request, which may have 1,000 points; an evaluation has some ten."""

REFUSED_FOR: Final = 600.0
"""Seconds until a run that was deleted, say, is tried again."""

FAILED_FOR: Final = 60.0
"""Seconds until a run is tried again for which MLflow answered with an error of its own."""

REFUSALS: Final = (AccessRefusedError, RefusedByRegistryError, UnknownModelError)
"""What MLflow may say of one run alone: of access, too, since it may be given for each experiment."""

log = logging.getLogger(__name__)


class Counts(Protocol):
    """Counts what was logged, and what couldn't be."""

    def logged(self, partition: Partition, evaluations: int) -> None:
        """Count evaluations that stand in their run."""

    def failed(self) -> None:
        """Count an attempt that failed."""


@dataclass(slots=True)
class RunLog:
    """Goes through every model version that came from the registry."""

    redis: Redis
    reports_dir: Path
    reports_page: str
    """What a report's path is added to."""

    connect: Callable[[], RegistryClient]
    """Called once, when there is something to log; raises BadSettingError."""

    counts: Counts
    clock: Callable[[], float] = time.monotonic

    _client: RegistryClient | None = None
    _seen: dict[Partition, object] = field(default_factory=dict)
    """What Redis had counted of a version when all of it was logged last, and to which run."""

    _refused: dict[str, float] = field(default_factory=dict)
    """Until when a run isn't tried, by its id."""

    def log_all(self) -> None:
        """Log what isn't logged yet; raises RegistryError, BadSettingError and RedisError, to be tried again.

        A run that takes nothing, or that MLflow fails with, or keys that hold something unexpected, keep no
        other from its turn; where MLflow can't be reached, none has one.
        """
        for partition in partitions(self.redis):
            registered = read_registered(kept_bundle(self.reports_dir, partition))
            if registered is None or registered.run_id is None:
                continue
            if self.clock() < self._refused.get(registered.run_id, 0.0):
                continue
            try:
                self._log(partition, registered, registered.run_id)
            except (UnreachableRegistryError, ReadOnlyError):  # the latter is Redis being away
                raise
            except RegistryAwayError as error:
                self._pass_over(partition, registered, error, FAILED_FOR)
            except (*REFUSALS, ResponseError, ValueError) as error:
                self._pass_over(partition, registered, error, REFUSED_FOR)

    def close(self) -> None:
        """Close the connections to MLflow."""
        if self._client is not None:
            self._client.close()

    def _pass_over(
        self, partition: Partition, registered: RegisteredVersion, error: Exception, seconds: float
    ) -> None:
        """Leave a version's run alone for some seconds, and say why."""
        self._refused[str(registered.run_id)] = self.clock() + seconds
        self.counts.failed()
        why = type(error).__name__ if isinstance(error, ValueError) else error  # it may quote a value
        log.warning("evaluations of %s can't be logged to the run of %s: %s", partition, registered, why)

    def _log(self, partition: Partition, registered: RegisteredVersion, run_id: str) -> None:
        state = (run_id, self.redis.hgetall(partition.tally))
        if self._seen.get(partition) == state:
            return
        progress = Progress.read(self.redis, partition)
        logged = self._log_windows(partition, run_id, progress) + self._log_quality(
            partition, run_id, progress
        )
        if logged:
            log.info("%d evaluations of %s are logged to the run of %s", logged, partition, registered)
        self._seen[partition] = state

    def _log_windows(self, partition: Partition, run_id: str, progress: Progress) -> int:
        store = EvaluationStore(self.redis)
        found = store.numbered(partition, progress.windows + 1, None)
        for number in progress.failed:
            found |= store.numbered(partition, number, number)
        waiting, logged = progress.open(found), 0
        for begin in range(0, len(waiting), AT_ONCE):
            numbers = waiting[begin : begin + AT_ONCE]
            evaluations = store.several(partition, [found[number] for number in numbers])
            judged = [each for each in evaluations if each.status == "evaluated"]
            self._send_windows(run_id, judged, progress)
            for each in evaluations:
                progress.settle(each.number, failed=each.status == "failed")
            self._kept(partition, progress, len(judged))
            logged += len(judged)
        return logged

    def _send_windows(self, run_id: str, evaluations: Sequence[Evaluation], progress: Progress) -> None:
        if not evaluations:
            return
        newest = evaluations[-1]
        is_newest = newest.number >= max(progress.beyond, default=progress.windows)
        tags = window_tags(newest, self.reports_page) if is_newest else {}
        self._runs().log(run_id, [point for each in evaluations for point in window_points(each)], tags)

    def _log_quality(self, partition: Partition, run_id: str, progress: Progress) -> int:
        looks = QualityStore(self.redis).after(partition, progress.quality)
        for begin in range(0, len(looks), AT_ONCE):
            part = looks[begin : begin + AT_ONCE]
            points = [point for each in part for point in quality_points(each)]
            self._runs().log(run_id, points, quality_tags(part[-1], self.reports_page))
            progress.quality = part[-1].number
            self._kept(partition, progress, len(part))
        return len(looks)

    def _kept(self, partition: Partition, progress: Progress, logged: int) -> None:
        progress.keep(self.redis, partition)
        self.counts.logged(partition, logged)

    def _runs(self) -> Runs:
        if self._client is None:
            self._client = self.connect()
        return self._client.runs
