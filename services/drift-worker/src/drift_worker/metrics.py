"""Every instrument of the drift worker: a worker's own jobs, and what the sweep reads from Redis.

`show.gauges` lists the latter, each with how it is read.
"""

import logging
from collections.abc import Callable, Iterable, Mapping
from typing import Final, Literal

from opentelemetry.metrics import CallbackOptions, Meter, Observation
from redis.exceptions import RedisError

from drift_worker.show.gauges import COUNTERS, GAUGES, Observe
from drift_worker.show.status import Status

Stage = Literal["read", "detect", "report", "commit"]
STAGES: Final[tuple[Stage, ...]] = ("read", "detect", "report", "commit")
JOB_OUTCOMES: Final = ("committed", "skipped", "failed", "refused")
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
        for outcome in JOB_OUTCOMES:
            self._jobs.add(0, {"outcome": outcome})

    def committed(self, seconds: Mapping[str, float]) -> None:
        """Count a committed evaluation, and the seconds of its stages."""
        for stage in STAGES:
            self._duration.record(seconds[stage], {"stage": stage})
        self._jobs.add(1, {"outcome": "committed"})

    def skipped(self) -> None:
        """Count a job whose window had an evaluation, or another worker."""
        self._jobs.add(1, {"outcome": "skipped"})

    def failed(self) -> None:
        """Count a job that raised."""
        self._jobs.add(1, {"outcome": "failed"})

    def refused(self) -> None:
        """Count a job that calls something else than the evaluation of a window."""
        self._jobs.add(1, {"outcome": "refused"})


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


def publish_build_info(meter: Meter, version: str, model: str, model_version: str) -> None:
    """Publish what this process runs."""
    observation = Observation(1, {"version": version, "model": model, "model_version": model_version})
    meter.create_observable_gauge(
        "drift.worker.build.info", [lambda _: [observation]], description="1; what this process runs"
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
    """Publish what stands in Redis; at each export `read_status` is asked by every instrument."""

    def observing(observe: Observe) -> Callable[[CallbackOptions], Iterable[Observation]]:
        def callback(_: CallbackOptions) -> Iterable[Observation]:
            try:
                return observe(read_status())
            except RedisError as error:
                log.debug("no figures from Redis in this export: %s", error)
                return ()

        return callback

    for name, unit, description, observe in GAUGES:
        meter.create_observable_gauge(name, [observing(observe)], unit=unit, description=description)
    for name, unit, description, observe in COUNTERS:
        meter.create_observable_counter(name, [observing(observe)], unit=unit, description=description)
