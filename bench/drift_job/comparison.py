"""Both sides of the drift job's comparison, measured in turns."""

import gc
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from statistics import median
from typing import Final

import pandas as pd

from bench.drift_job.driftline import DriftJob, drift_job
from bench.drift_job.peak_memory import PeakMemory, measured_alone
from bench.drift_job.preset import preset_report
from bench.drift_job.stream import WindowSource, reopen, window_source
from bench.example import BUNDLE, MONTH
from bench.progress import Step
from bench.result import JobResult, Side
from bench.scratch_redis import scratch_redis
from bench.summary import Summary
from bundle import Bundle, open_bundle
from contract.windows import Window


@dataclass(frozen=True, slots=True)
class Size:
    """Rows of a window, and how often each side is measured on it."""

    rows: int
    repetitions: int


SIZES: Final = (Size(1_000, 7), Size(7_043, 7), Size(50_000, 5), Size(200_000, 3))
QUICK_SIZES: Final = (Size(1_000, 1),)


@dataclass(slots=True)
class _Stopwatch:
    """Wall-clock and processor seconds of calls."""

    seconds: list[float] = field(default_factory=list)
    cpu_seconds: list[float] = field(default_factory=list)

    def time(self, call: Callable[[], None]) -> None:
        gc.collect()
        wall, cpu = time.perf_counter(), time.process_time()
        call()
        self.seconds.append(time.perf_counter() - wall)
        self.cpu_seconds.append(time.process_time() - cpu)

    def side(self, memory: PeakMemory) -> Side:
        return Side(
            seconds=Summary.of(self.seconds),
            cpu_seconds=Summary.of(self.cpu_seconds),
            peak_bytes=memory.peak,
            peak_bytes_before=memory.before,
        )


def compare_all(sizes: Sequence[Size], folder: Path, step: Step) -> list[JobResult]:
    """Measure each size of a window in a Redis of its own; raises what scratch_redis raises."""
    bundle = open_bundle(BUNDLE)
    source = window_source(bundle, MONTH)
    with scratch_redis(folder) as url, drift_job(url, folder / "reports", bundle) as job:
        comparison = _Comparison(job, url, source, bundle, folder, step)
        return [comparison.measure(size) for size in sizes]


@dataclass(frozen=True, slots=True)
class _Comparison:
    job: DriftJob
    redis_url: str
    source: WindowSource
    bundle: Bundle
    folder: Path
    step: Step

    def measure(self, size: Size) -> JobResult:
        """Measure both in turns, after one run of each that doesn't count; then the memory of each."""
        report = preset_report(self.folder / f"preset-{size.rows}", self.bundle.schema)
        window = self.source.closed_window(self.job.evaluator.redis, size.rows)
        reference, current = self.job.frames(window.id)
        warm_up, of_job, of_preset = _Stopwatch(), _Stopwatch(), _Stopwatch()
        stages = []
        for repetition in range(size.repetitions + 1):
            self.step(f"{size.rows:,} rows: {repetition} of {size.repetitions}")
            reopen(self.job.evaluator.redis, window)
            (of_job if repetition else warm_up).time(partial(self.job.evaluate, window.id))
            (of_preset if repetition else warm_up).time(partial(report.run, reference, current))
            stages.append(self.job.stages(window.id))
        self.step(f"{size.rows:,} rows: memory")
        job = of_job.side(self._memory_of_job(window))
        preset = of_preset.side(self._memory_of_preset(size, current))
        return JobResult(
            rows=size.rows,
            job=job,
            preset=preset,
            stages={stage: median(taken[stage] for taken in stages[1:]) for stage in stages[0]},
            ratio=job.seconds.median / preset.seconds.median,
        )

    def _memory_of_job(self, window: Window) -> PeakMemory:
        reopen(self.job.evaluator.redis, window)
        folder = self.folder / f"memory-job-{window.rows}"
        return measured_alone("bench.drift_job.memory_of_job", self.redis_url, window.id, folder)

    def _memory_of_preset(self, size: Size, current: pd.DataFrame) -> PeakMemory:
        file = self.folder / f"current-{size.rows}.parquet"
        current.to_parquet(file, index=False)
        folder = self.folder / f"memory-preset-{size.rows}"
        return measured_alone("bench.drift_job.memory_of_preset", file, folder)
