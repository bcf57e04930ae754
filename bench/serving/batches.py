"""Batches against single requests, and single requests beside batches and beside labels."""

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from redis import Redis

from bench.processes import running
from bench.progress import Step
from bench.result import BatchResult, Load, Loads
from bench.scratch_redis import scratch_redis
from bench.serving.collector import find_collector, running_collector
from bench.serving.comparison import generate, row_bodies
from bench.serving.cores import Cores, two_cores
from bench.serving.probes import answers
from bench.serving.subjects import Subject, subjects
from bench.summary import Summary
from contract.redis.connection import background_client
from demo.machine.ports import free_port

ROWS: Final = 1000
"""Rows of a batch, the most that predict takes."""

RATE: Final = 300.0
"""Requests of one row per second: moderate, a seventh of what the service can do."""

LABELS: Final = 100
"""Labels of a request."""

LABEL_RATE: Final = 10.0
"""Requests with labels per second: 1,000 labels."""


@dataclass(frozen=True, slots=True)
class BatchPlan:
    """How often each is measured, and for how many seconds."""

    repetitions: int
    seconds: float


BATCH_PLAN: Final = BatchPlan(repetitions=3, seconds=8)
QUICK_BATCH_PLAN: Final = BatchPlan(repetitions=1, seconds=0.5)


def compare_batches(plan: BatchPlan, folder: Path, step: Step) -> BatchResult:
    """Load predict by single requests and by batches in turns, with telemetry if there is a collector.

    Raises LoadError, ProgramError or DemoError, as compare_services does.
    """
    cores, rows = two_cores(), row_bodies()
    single, batch, labels = (folder / f"{name}.jsonl" for name in ("rows", "batches", "labels"))
    single.write_bytes(b"\n".join(rows))
    starts = range(0, len(rows) - ROWS + 1, ROWS)
    batch.write_bytes(b"\n".join(_together(rows[start : start + ROWS]) for start in starts))
    labels.write_bytes(b"\n".join(_labels(place) for place in range(50)))
    step("starting Redis and the collector")
    with (
        scratch_redis(folder, cores.others) as url,
        running_collector(find_collector(), folder, cores.others) as endpoint,
        background_client(url) as redis,
    ):
        subject = subjects(url, endpoint, folder / "spool")[1 if endpoint is None else 2]
        rounds = []
        for repetition in range(1, plan.repetitions + 1):
            step(f"{subject.name}, single requests and batches: {repetition} of {plan.repetitions}")
            rounds.append(_Round(subject, cores, redis, folder, plan.seconds).measure(single, batch, labels))
    return _summed_up(subject, cores, rounds)


_Generate = Callable[..., Load]
"""Loads a running service by the bodies of a file; takes `seconds` and `rate`."""


@dataclass(frozen=True, slots=True)
class _Measured:
    single: Load
    batch: Load
    alone: Load
    beside: Load
    batch_beside: Load
    beside_labels: Load
    labels_beside: Load


@dataclass(frozen=True, slots=True)
class _Round:
    subject: Subject
    cores: Cores
    redis: Redis
    folder: Path
    seconds: float

    def measure(self, single: Path, batch: Path, labels: Path) -> _Measured:
        """Load a service, started anew on an empty Redis, in one way after the other."""
        with self._served() as load:
            return _Measured(
                load(single),
                load(batch),
                load(single, rate=RATE),
                *self._both(load, single, batch, seconds=1.2 * self.seconds),
                *self._both(load, single, labels, rate=LABEL_RATE),
            )

    def _both(self, load: _Generate, single: Path, other: Path, **options: float) -> tuple[Load, Load]:
        """Load by single requests and by others at once, which begin together."""
        with ThreadPoolExecutor(1) as threads:
            others = threads.submit(load, other, **options)
            return load(single, rate=RATE), others.result()

    @contextmanager
    def _served(self) -> Iterator[_Generate]:
        self.redis.flushall()
        port = free_port()
        command = [*self.cores.server, *self.subject.command(port)]
        with running(self.subject.name, command, self.folder, self.subject.environment) as server:
            server.wait_until(lambda: answers(port, "/ready"))
            yield partial(generate, self.cores, server, port, seconds=self.seconds)


def _together(rows: list[bytes]) -> bytes:
    return b'{"rows":[' + b",".join(rows) + b"]}"


def _labels(place: int) -> bytes:
    """A request with labels of entities, as many customers have."""
    customers = range(place * LABELS, (place + 1) * LABELS)
    labels = [{"user_id": f"customer-{number}", "label": number % 4 == 0} for number in customers]
    return json.dumps({"labels": labels}, separators=(",", ":")).encode()


def _summed_up(subject: Subject, cores: Cores, rounds: list[_Measured]) -> BatchResult:
    single = Summary.of(each.single.requests_per_second for each in rounds)
    batch = Summary.of(each.batch.requests_per_second * ROWS for each in rounds)
    alone = Loads.of([each.alone for each in rounds])
    beside = Loads.of([each.beside for each in rounds])
    beside_labels = Loads.of([each.beside_labels for each in rounds])
    return BatchResult(
        name=subject.name,
        rows=ROWS,
        single=single,
        batch=batch,
        ratio=batch.median / single.median,
        rate=RATE,
        alone=alone,
        beside=beside,
        rows_beside=Summary.of(each.batch_beside.requests_per_second * ROWS for each in rounds),
        added=beside.p99.median / alone.p99.median,
        beside_labels=beside_labels,
        labels_beside=Summary.of(each.labels_beside.requests_per_second * LABELS for each in rounds),
        added_by_labels=beside_labels.p99.median / alone.p99.median,
        pinned=cores.pinned,
    )
