"""Every instrument of the drift worker: a worker's own jobs, and what the sweep reads from Redis.

`show.figures.gauges` lists the latter, each with how it is read.
"""

import logging
from collections.abc import Callable, Iterable, Mapping
from typing import Final, Literal

from opentelemetry.metrics import CallbackOptions, Meter, Observation
from redis.exceptions import RedisError

from contract.keys import Partition
from drift_worker.show.figures.gauges import COUNTERS, GAUGES
from drift_worker.show.figures.observations import Observe
from drift_worker.show.figures.status import Status

Stage = Literal["read", "detect", "report", "commit"]
STAGES: Final[tuple[Stage, ...]] = ("read", "detect", "report", "commit")
JOB_OUTCOMES: Final = ("committed", "skipped", "failed")
"""How a job about a model version ends; one that is refused is about none."""

QualityOutcome = Literal["committed", "skipped", "failed"]

NO_VERSION: Final = {"model": "", "model_version": ""}
"""The labels of a job that is about no model version; Prometheus takes an empty label for none."""

DURATION_BUCKETS: Final = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0]

log = logging.getLogger(__name__)


class JobMetrics:
    """What a worker tells of its own jobs."""

    def __init__(self, meter: Meter) -> None:
        self._duration = meter.create_histogram(
            "drift.job.duration",
            unit="s",
            description="Time of each stage of an evaluation that was committed",
            explicit_bucket_boundaries_advisory=DURATION_BUCKETS,
        )
        self._jobs = meter.create_counter("drift.jobs", unit="{job}", description="Jobs by how they ended")
        self._quality = meter.create_counter(
            "quality.looks",
            unit="{look}",
            description="Quality evaluations that were begun, by how they ended",
        )
        self._label_failures = meter.create_counter(
            "label.failures", unit="{failure}", description="Jobs that could not join a model's labels"
        )
        self._expected: set[Partition] = set()
        self._jobs.add(0, {**NO_VERSION, "outcome": "refused"})

    def expect(self, partition: Partition) -> None:
        """Begin the counts of a model version at 0: Prometheus sees no increase from nothing."""
        if partition not in self._expected:
            self._expected.add(partition)
            for outcome in JOB_OUTCOMES:
                self._jobs.add(0, {**partition.labels, "outcome": outcome})
                self._quality.add(0, {**partition.labels, "outcome": outcome})
            self._label_failures.add(0, {"model": partition.model})

    def committed(self, partition: Partition, seconds: Mapping[str, float]) -> None:
        """Count a committed evaluation, and the seconds of its stages."""
        for stage in STAGES:
            self._duration.record(seconds[stage], {**partition.labels, "stage": stage})
        self._jobs.add(1, {**partition.labels, "outcome": "committed"})

    def skipped(self, partition: Partition) -> None:
        """Count a job whose window had an evaluation, or another worker."""
        self._jobs.add(1, {**partition.labels, "outcome": "skipped"})

    def failed(self, partition: Partition | None) -> None:
        """Count a job that raised; one whose window id names no model version is about none."""
        labels = NO_VERSION if partition is None else partition.labels
        self._jobs.add(1, {**labels, "outcome": "failed"})

    def quality(self, partition: Partition, outcome: QualityOutcome) -> None:
        """Count a quality evaluation that was begun."""
        self.expect(partition)
        self._quality.add(1, {**partition.labels, "outcome": outcome})

    def labels_failed(self, model: str) -> None:
        """Count a job about a model's labels that raised: no window was in it."""
        self._label_failures.add(1, {"model": model})

    def refused(self) -> None:
        """Count a job that calls something else than the evaluation of a window."""
        self._jobs.add(1, {**NO_VERSION, "outcome": "refused"})


class SweepMetrics:
    """What the sweep tells of its own passes."""

    def __init__(self, meter: Meter) -> None:
        self._failures = meter.create_counter(
            "drift.sweep.failures",
            unit="{failure}",
            description="Model versions that a pass could not look after",
        )
        self._failures.add(0)

    def failed(self) -> None:
        """Count a model version that could not be looked after."""
        self._failures.add(1)


class RunMetrics:
    """What the sweep tells of the runs in MLflow that it logs evaluations to."""

    def __init__(self, meter: Meter) -> None:
        self._logged = meter.create_counter(
            "drift.run.logged",
            unit="{evaluation}",
            description="Evaluations logged to the run of their model version in MLflow",
        )
        self._failures = meter.create_counter(
            "drift.run.failures",
            unit="{failure}",
            description="Attempts to log to MLflow that failed; what waits is tried again",
        )
        self._failures.add(0)

    def logged(self, partition: Partition, evaluations: int) -> None:
        """Count evaluations that stand in their run."""
        self._logged.add(evaluations, partition.labels)

    def failed(self) -> None:
        """Count an attempt that failed."""
        self._failures.add(1)


def publish_build_info(meter: Meter, version: str, partitions: Callable[[], Iterable[Partition]]) -> None:
    """Publish what this process runs, for each model version that it was given; `partitions` tells them."""

    def observe(_: CallbackOptions) -> Iterable[Observation]:
        return [Observation(1, {"version": version, **each.labels}) for each in partitions()]

    meter.create_observable_gauge(
        "drift.worker.build.info", [observe], description="1; what this process runs"
    )


def publish_audit(meter: Meter, observe: Callable[[CallbackOptions], Iterable[Observation]]) -> None:
    """Publish what the last audit found."""
    meter.create_observable_gauge(
        "feature.log.audit.missing.records",
        [observe],
        unit="{record}",
        description="Records that windows should hold and the stream lacks",
    )


def publish_status(meter: Meter, read_status: Callable[[], Status]) -> None:
    """Publish what stands in Redis, and whether it can be read; each instrument asks `read_status`."""

    def up(_: CallbackOptions) -> Iterable[Observation]:
        try:
            read_status()
        except RedisError:
            return [Observation(0)]
        return [Observation(1)]

    def observing(observe: Observe) -> Callable[[CallbackOptions], Iterable[Observation]]:
        def callback(_: CallbackOptions) -> Iterable[Observation]:
            try:
                return observe(read_status())
            except RedisError as error:
                log.debug("no figures from Redis in this export: %s", error)
                return ()

        return callback

    meter.create_observable_gauge("redis.up", [up], description="1 while Redis answers the sweep, else 0")
    for name, unit, description, observe in GAUGES:
        meter.create_observable_gauge(name, [observing(observe)], unit=unit, description=description)
    for name, unit, description, observe in COUNTERS:
        meter.create_observable_counter(name, [observing(observe)], unit=unit, description=description)
