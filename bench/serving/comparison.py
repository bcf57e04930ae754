"""All services, loaded in turns."""

import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from redis import Redis

from bench.example import BUNDLE, MONTH, ROOT
from bench.processes import Program, running
from bench.progress import Step
from bench.result import Load, Loads, ServingResult, SubjectName, SubjectResult
from bench.scratch_redis import scratch_redis
from bench.serving.collector import find_collector, running_collector
from bench.serving.connection import LoadError
from bench.serving.cores import Cores, two_cores
from bench.serving.load import CONNECTIONS
from bench.serving.probes import answers
from bench.serving.subjects import Subject, subjects
from bundle import open_bundle
from contract.redis.connection import background_client
from demo.machine.ports import free_port
from simulator.scenario.month import read_month
from simulator.scenario.rows import to_request


@dataclass(frozen=True, slots=True)
class Plan:
    """How often each service is loaded in either way, and for how many seconds."""

    repetitions: int
    full_seconds: float
    half_seconds: float


PLAN: Final = Plan(repetitions=3, full_seconds=6, half_seconds=8)
QUICK_PLAN: Final = Plan(repetitions=1, full_seconds=0.5, half_seconds=0.5)


def compare_services(plan: Plan, folder: Path, step: Step) -> ServingResult:
    """Load each service as fast as it answers, then each at half the bare one's rate.

    Raises LoadError where a service doesn't answer every request by 200, ProgramError where one doesn't
    start, DemoError where there is no Redis to run.
    """
    cores = two_cores()
    bodies = folder / "bodies.jsonl"
    bodies.write_bytes(b"\n".join(row_bodies()))
    step("starting Redis and the collector")
    with (
        scratch_redis(folder, cores.others) as url,
        running_collector(find_collector(), folder, cores.others) as endpoint,
        background_client(url) as redis,
    ):
        services = subjects(url, endpoint, folder / "spool")
        comparison = _Comparison(services, plan, folder, bodies, cores, redis, step)
        full = comparison.load(plan.full_seconds, None)
        rate = full["bare"].requests_per_second.median / 2
        half = comparison.load(plan.half_seconds, rate)
    return ServingResult(
        subjects=[_result(name, full, half) for name in full],
        connections=CONNECTIONS,
        half_rate=rate,
        pinned=cores.pinned,
        collector=endpoint is not None,
    )


@dataclass(frozen=True, slots=True)
class _Comparison:
    subjects: Sequence[Subject]
    plan: Plan
    folder: Path
    bodies: Path
    cores: Cores
    redis: Redis
    step: Step

    def load(self, seconds: float, rate: float | None) -> dict[SubjectName, Loads]:
        """Load each service in turn, again and again."""
        loads: dict[SubjectName, list[Load]] = {subject.name: [] for subject in self.subjects}
        how = "as fast as it answers" if rate is None else f"{rate:.0f} requests per second"
        for repetition in range(1, self.plan.repetitions + 1):
            for subject in self.subjects:
                self.step(f"{subject.name}, {how}: {repetition} of {self.plan.repetitions}")
                loads[subject.name].append(self._load_once(subject, seconds, rate))
        return {name: Loads.of(measured) for name, measured in loads.items()}

    def _load_once(self, subject: Subject, seconds: float, rate: float | None) -> Load:
        """Start the service anew on an empty Redis and load it."""
        self.redis.flushall()
        port = free_port()
        command = [*self.cores.server, *subject.command(port)]
        with running(subject.name, command, self.folder, subject.environment) as server:
            server.wait_until(lambda: answers(port, "/ready"))
            return generate(self.cores, server, port, self.bodies, seconds=seconds, rate=rate)


def generate(
    cores: Cores, server: Program, port: int, bodies: Path, *, seconds: float, rate: float | None = None
) -> Load:
    """Load a running service by a process of its own; raises LoadError."""
    arguments = [port, server.process.pid, bodies, seconds, *([] if rate is None else [rate])]
    generator = [sys.executable, "-m", "bench.serving.load", *map(str, arguments)]
    command = [*cores.others, *generator]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603 - ours
    if done.returncode:
        reason = done.stderr.strip().splitlines()[-1:] or ["it did not say why"]
        raise LoadError(f"{server.name}: the load generator failed: {reason[0]}")
    return Load.model_validate_json(done.stdout)


def row_bodies() -> list[bytes]:
    """The requests of a month's rows."""
    schema = open_bundle(BUNDLE).schema
    rows = read_month(MONTH, schema).rows
    return [to_request(number, row, schema.entity).body for number, row in enumerate(rows, start=1)]


def _result(
    name: SubjectName, full: Mapping[SubjectName, Loads], half: Mapping[SubjectName, Loads]
) -> SubjectResult:
    return SubjectResult(
        name=name,
        full_load=full[name],
        half_load=half[name],
        ratio=full[name].requests_per_second.median / full["bare"].requests_per_second.median,
        added_p99=half[name].p99.median - half["bare"].p99.median,
    )
