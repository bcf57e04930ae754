"""What a reader of the tables is told."""

import io

from rich.console import Console

from bench.machine import Machine
from bench.result import (
    BenchResult,
    JobResult,
    Loads,
    ServingResult,
    Side,
    SubjectResult,
)
from bench.summary import Summary
from bench.tables import print_result

MACHINE = Machine(
    processor="Abacus", cores=2, memory_gb=8, system="Linux x86_64", python="3.11.7", libraries={}, load=0.1
)


def printed(**parts: object) -> str:
    """A result with these parts, as it is printed."""
    fields = {"machine": MACHINE, "quick": False, "seconds": 1.0, "drift_job": None, "serving": None, **parts}
    console = Console(file=io.StringIO(), width=160)
    print_result(BenchResult.model_validate(fields), console)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def side(seconds: float) -> Side:
    """One side of a comparison that took so long."""
    taken = Summary.of([seconds])
    return Side(seconds=taken, cpu_seconds=taken, peak_bytes=500_000_000, peak_bytes_before=400_000_000)


def job(rows: int, ratio: float) -> JobResult:
    """A window of so many rows that took so many times as long as the preset."""
    return JobResult(rows=rows, job=side(ratio), preset=side(1.0), stages={}, ratio=ratio)


def service(name: str, ratio: float, added_p99: float) -> SubjectResult:
    """A service of that speed."""
    one = Summary.of([1.0])
    loads = Loads(
        requests_per_second=one, p50=one, p99=one, server_busy=one, generator_busy=one, late_p99=one
    )
    return SubjectResult.model_validate(
        {"name": name, "full_load": loads, "half_load": loads, "ratio": ratio, "added_p99": added_p99}
    )


def test_goals_of_the_drift_job_are_said_to_be_met_or_missed_from_7000_rows_on() -> None:
    """A small window has no goal, since both sides have the same fixed cost."""
    lines = printed(drift_job=[job(1_000, 2.0), job(7_043, 1.2), job(50_000, 1.3)]).splitlines()
    small, met, missed = (
        next(line for line in lines if rows in line) for rows in ("1,000", "7,043", "50,000")
    )
    assert "≤" not in small
    assert "1.20" in met
    assert "≤ 1.2 met" in met
    assert "≤ 1.2 missed" in missed


def test_goals_of_serving_are_said_to_be_met_or_missed() -> None:
    """Each service has its own share of the bare one's rate, and all the same limit of added latency."""
    text = printed(
        serving=ServingResult(
            subjects=[service("bare", 1.0, 0.0), service("log", 0.8, 0.006), service("native", 0.6, 0.004)],
            connections=16,
            half_rate=1000,
            pinned=True,
            collector=True,
        )
    )
    assert "≥ 0.9 missed" in text
    assert "≥ 0.5 met" in text
    assert "≤ 5 missed" in text
    assert "≤ 5 met" in text


def test_what_could_not_be_done_is_said() -> None:
    """Without cores to bind to or a collector, the figures mean something else or are not there."""
    text = printed(
        serving=ServingResult(
            subjects=[service("bare", 1.0, 0.0)], connections=16, half_rate=1, pinned=False, collector=False
        )
    )
    assert "not bound to cores" in text
    assert "(c) and (d) were left out: no otelcol" in text
    assert "mean anything" in printed(quick=True)
