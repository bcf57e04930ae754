"""What a run of the benchmark found; `--json` writes it as it is."""

from collections.abc import Sequence
from typing import Final, Literal, Self

from pydantic import BaseModel, ConfigDict

from bench.machine import Machine
from bench.summary import Summary

JOB_GOAL: Final = 1.2
"""The job may take at most so many times what the preset takes …"""

JOB_GOAL_FROM: Final = 7_000
"""… for windows of at least so many rows; for smaller ones there is no goal."""

RATIO_GOALS: Final = {"log": 0.9, "contrib": 0.5, "native": 0.5}
"""The share of the bare service's requests per second that each has to reach at least."""

ADDED_P99_GOAL: Final = 0.005
"""Seconds by which the 99th percentile may exceed the bare service's at half its load."""

BATCH_GOAL: Final = 4.0
"""Batches bring at least so many times the rows per second of single requests."""

BESIDE_GOAL: Final = 2.0
"""The 99th percentile of single requests may be so many times what it is without batches."""

LABEL_GOALS: Final = {"id": 60.0, "entity": 120.0}
"""Seconds that joining may take at most …"""

READING_GOAL: Final = 60.0
"""Seconds in which 5 million rows are read."""

READING_MEMORY_GOAL: Final = 3e9
"""Bytes that this takes at most."""

LABEL_MEMORY_GOAL: Final = 1e9
"""… and bytes."""

SubjectName = Literal["bare", "log", "contrib", "native", "instrumented"]

FROZEN = ConfigDict(frozen=True)


class Side(BaseModel):
    """What one side of the comparison of one window took."""

    model_config = FROZEN

    seconds: Summary
    cpu_seconds: Summary
    """Processor time of all threads, which other work on the machine disturbs less."""
    peak_bytes: int
    peak_bytes_before: int
    """The peak when libraries and reference were loaded, for the preset the current frame as well."""


class JobResult(BaseModel):
    """One window from the stream to its committed evaluation, and the preset on the same frames."""

    model_config = FROZEN

    rows: int
    job: Side
    preset: Side
    stages: dict[str, float]
    """Median seconds of the job's stages; what is missing from its time is commit, publication and lease."""
    ratio: float
    """How many times the preset's time the job takes, by the medians."""


class Load(BaseModel):
    """What one run of the load generator saw; latencies in seconds."""

    model_config = FROZEN

    requests_per_second: float
    p50: float
    p99: float
    server_busy: float
    """The share of one core that the service used; 0 where the system doesn't tell."""
    generator_busy: float
    """The same of the load generator: near 1, it is the generator that was measured."""
    late_p99: float
    """How late the generator was with a request, which is part of the latencies; 0 without a rate."""


class Loads(BaseModel):
    """Repeated runs summed up, figure by figure."""

    model_config = FROZEN

    requests_per_second: Summary
    p50: Summary
    p99: Summary
    server_busy: Summary
    generator_busy: Summary
    late_p99: Summary

    @classmethod
    def of(cls, loads: Sequence[Load]) -> Self:
        """Sum up at least one run."""
        return cls.model_validate(
            {name: Summary.of(getattr(load, name) for load in loads) for name in cls.model_fields}
        )


class SubjectResult(BaseModel):
    """One service as fast as it can, and at half the rate that the bare one reached."""

    model_config = FROZEN

    name: SubjectName
    full_load: Loads
    half_load: Loads
    ratio: float
    """Its requests per second as a share of the bare service's, by the medians."""
    added_p99: float
    """Seconds by which its 99th percentile at half load exceeds the bare service's, by the medians."""


class ServingResult(BaseModel):
    """All services, the bare one first."""

    model_config = FROZEN

    subjects: list[SubjectResult]
    connections: int
    half_rate: float
    """Requests per second of the half load."""
    pinned: bool
    """Whether the server had a core of its own."""
    collector: bool
    """Whether there was a collector; without one nothing was measured with telemetry."""


class BatchResult(BaseModel):
    """Requests of many rows, and of labels, beside requests of one row each, by the same service."""

    model_config = FROZEN

    name: SubjectName
    rows: int
    """Rows of a batch."""
    single: Summary
    """Rows per second in requests of one row."""
    batch: Summary
    """Rows per second in batches."""
    ratio: float
    """How many times as many rows per second batches bring, by the medians."""
    rate: float
    """Requests of one row per second, for the latencies below."""
    alone: Loads
    """These requests alone."""
    beside: Loads
    """These requests while batches are sent, the next one as soon as one is answered."""
    rows_beside: Summary
    """Rows per second that the batches brought meanwhile."""
    added: float
    """How many times as long the 99th percentile is beside batches, by the medians."""
    beside_labels: Loads
    """These requests while labels come at a constant rate, without batches."""
    labels_beside: Summary
    """Labels per second that came meanwhile."""
    added_by_labels: float
    """How many times as long the 99th percentile is beside labels, by the medians."""
    pinned: bool


class LabelsResult(BaseModel):
    """Labels joined with the predictions of evaluated windows, by one job."""

    model_config = FROZEN

    by: Literal["id", "entity"]
    predictions: int
    windows: int
    labels: int
    joined: int
    seconds: float
    peak_bytes: int


class ReadingResult(BaseModel):
    """A large table, its schema proposed or its rows read by the schema."""

    model_config = FROZEN

    form: str
    what: Literal["schema", "read"]
    rows: int
    columns: int
    seconds: float
    peak_bytes: int


class BenchResult(BaseModel):
    """One run of the benchmark."""

    model_config = FROZEN

    machine: Machine
    quick: bool
    """Too short for figures to mean anything: only whether it runs."""
    seconds: float
    """How long the run took."""
    drift_job: list[JobResult] | None
    serving: ServingResult | None
    batches: BatchResult | None = None
    labels: list[LabelsResult] | None = None
    reading: list[ReadingResult] | None = None
