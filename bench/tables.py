"""A run of the benchmark as tables to read."""

from collections.abc import Sequence
from typing import Final

from rich import box
from rich.console import Console
from rich.table import Table

from bench.machine import Machine
from bench.result import (
    ADDED_P99_GOAL,
    BATCH_GOAL,
    BESIDE_GOAL,
    JOB_GOAL,
    JOB_GOAL_FROM,
    LABEL_GOALS,
    LABEL_MEMORY_GOAL,
    RATIO_GOALS,
    READING_GOAL,
    READING_MEMORY_GOAL,
    BatchResult,
    BenchResult,
    JobResult,
    LabelsResult,
    ReadingResult,
    ServingResult,
    SubjectName,
)
from bench.summary import Summary

TITLES: Final[dict[SubjectName, str]] = {
    "bare": "(a) bare FastAPI app",
    "log": "(b) predict with the log",
    "contrib": "(c) and telemetry, contrib",
    "native": "(c) and telemetry, native",
    "instrumented": "(d) bare FastAPI app, contrib",
}


def print_result(result: BenchResult, console: Console) -> None:
    """Print what was measured, and on what."""
    if result.drift_job is not None:
        console.print(_job_table(result.drift_job))
    if result.serving is not None:
        console.print(_full_load(result.serving), _half_load(result.serving))
        for note in _notes(result.serving):
            console.print(note, highlight=False)
    if result.batches is not None:
        console.print(_batches(result.batches), _beside(result.batches))
    if result.labels is not None:
        console.print(_labels(result.labels))
    if result.reading is not None:
        console.print(_reading(result.reading))
    if result.quick:
        console.print("--quick: too short a run for these figures to mean anything", highlight=False)
    console.print(_machine(result.machine), highlight=False, markup=False)


def _job_table(results: list[JobResult]) -> Table:
    table = _table(
        "Drift job: one window, stream to committed evaluation, and Evidently's preset on its frames",
        ("rows", "job s", "preset s", "job ÷ preset", "goal", "job MB", "preset MB"),
    )
    for result in results:
        table.add_row(
            f"{result.rows:,}",
            _spread(result.job.seconds, ".2f"),
            _spread(result.preset.seconds, ".2f"),
            f"{result.ratio:.2f}",
            _goal(f"≤ {JOB_GOAL}", result.ratio <= JOB_GOAL) if result.rows >= JOB_GOAL_FROM else "",
            f"{result.job.peak_bytes / 1e6:.0f}",
            f"{result.preset.peak_bytes / 1e6:.0f}",
        )
    return table


def _labels(results: Sequence[LabelsResult]) -> Table:
    table = _table(
        "Labels joined by one job, on one core",
        ("by", "predictions", "windows", "labels", "joined", "s", "goal", "MB", "goal"),
    )
    for result in results:
        goal = LABEL_GOALS[result.by]
        table.add_row(
            result.by,
            *(f"{count:,}" for count in (result.predictions, result.windows, result.labels, result.joined)),
            f"{result.seconds:.1f}",
            _goal(f"≤ {goal:.0f}", result.seconds <= goal),
            f"{result.peak_bytes / 1e6:.0f}",
            _goal(f"< {LABEL_MEMORY_GOAL / 1e6:.0f}", result.peak_bytes < LABEL_MEMORY_GOAL),
        )
    return table


def _reading(results: Sequence[ReadingResult]) -> Table:
    table = _table(
        "A large table, on one core", ("file", "what", "rows", "columns", "s", "goal", "MB", "goal")
    )
    for result in results:
        table.add_row(
            result.form,
            "propose its schema" if result.what == "schema" else "read it",
            f"{result.rows:,}",
            f"{result.columns}",
            f"{result.seconds:.1f}",
            _goal(f"≤ {READING_GOAL:.0f}", result.seconds <= READING_GOAL) if result.what == "read" else "",
            f"{result.peak_bytes / 1e6:,.0f}",
            _goal(f"≤ {READING_MEMORY_GOAL / 1e6:,.0f}", result.peak_bytes <= READING_MEMORY_GOAL),
        )
    return table


def _full_load(result: ServingResult) -> Table:
    table = _table(
        f"Serving on one core: {result.connections} connections, each sends when it is answered",
        ("service", "requests/s", "÷ (a)", "goal", "p50 ms", "p99 ms", "CPU µs/request"),
    )
    for subject in result.subjects:
        load, least = subject.full_load, RATIO_GOALS.get(subject.name)
        table.add_row(
            TITLES[subject.name],
            _spread(load.requests_per_second, ".0f"),
            f"{subject.ratio:.2f}",
            _goal(f"≥ {least}", subject.ratio >= least) if least else "",
            f"{load.p50.median * 1e3:.2f}",
            f"{load.p99.median * 1e3:.2f}",
            f"{load.server_busy.median / load.requests_per_second.median * 1e6:.0f}",
        )
    return table


def _half_load(result: ServingResult) -> Table:
    table = _table(
        f"Serving on one core: {result.half_rate:.0f} requests/s, half of what (a) reached, sent on time",
        ("service", "p50 ms", "p99 ms", "p99 - (a)", "goal"),
    )
    for subject in result.subjects:
        goal = f"≤ {ADDED_P99_GOAL * 1e3:.0f}"
        has_goal = subject.name in RATIO_GOALS
        table.add_row(
            TITLES[subject.name],
            _milliseconds(subject.half_load.p50),
            _milliseconds(subject.half_load.p99),
            f"{subject.added_p99 * 1e3:+.2f}" if subject.name != "bare" else "",
            _goal(goal, subject.added_p99 <= ADDED_P99_GOAL) if has_goal else "",
        )
    return table


def _batches(result: BatchResult) -> Table:
    table = _table(
        f"{TITLES[result.name]}, on one core: rows in requests of one and of {result.rows:,}",
        ("requests of", "rows/s", "÷ requests of one", "goal"),
    )
    table.add_row("one row", _spread(result.single, ".0f"), "1", "")
    goal = _goal(f"≥ {BATCH_GOAL:g}", result.ratio >= BATCH_GOAL)
    table.add_row(f"{result.rows:,} rows", _spread(result.batch, ".0f"), f"{result.ratio:.1f}", goal)
    return table


def _beside(result: BatchResult) -> Table:
    table = _table(
        f"{TITLES[result.name]}, on one core: {result.rate:.0f} requests of one row per second, sent on time",
        ("beside", "p50 ms", "p99 ms", "p99 ÷ alone", "goal", "rows or labels/s"),
    )
    table.add_row("nothing", _milliseconds(result.alone.p50), _milliseconds(result.alone.p99), "1", "", "")
    table.add_row(
        "batches, one after the other",
        _milliseconds(result.beside.p50),
        _milliseconds(result.beside.p99),
        f"{result.added:.1f}",
        _goal(f"≤ {BESIDE_GOAL:g}", result.added <= BESIDE_GOAL),
        _spread(result.rows_beside, ".0f"),
    )
    table.add_row(
        "labels",
        _milliseconds(result.beside_labels.p50),
        _milliseconds(result.beside_labels.p99),
        f"{result.added_by_labels:.1f}",
        "",
        _spread(result.labels_beside, ".0f"),
    )
    return table


def _notes(result: ServingResult) -> list[str]:
    """What has to be known of a run before its figures are believed."""
    loads = [load for subject in result.subjects for load in (subject.full_load, subject.half_load)]
    busiest = max(load.generator_busy.high for load in loads)
    latest = max(load.late_p99.high for load in loads)
    idlest = min(subject.full_load.server_busy.low for subject in result.subjects)
    notes = [
        f"under full load each service used at least {idlest:.0%} of its core, the load generator at most "
        f"{busiest:.0%} of the other; at a fixed rate it sent 99 % of the requests at most "
        f"{latest * 1e3:.2f} ms late"
    ]
    if not result.pinned:
        notes.append("processes were not bound to cores: that takes Linux, two cores and taskset")
    if not result.collector:
        notes.append("(c) and (d) were left out: no otelcol on the PATH, and OTELCOL names none")
    return notes


def _machine(machine: Machine) -> str:
    libraries = ", ".join(f"{name} {version}" for name, version in machine.libraries.items())
    return (
        f"{machine.cores} cores of {machine.processor}, {machine.memory_gb:g} GB, {machine.system}, "
        f"load before {machine.load:g}; Python {machine.python}, {libraries}"
    )


def _table(title: str, headings: Sequence[str]) -> Table:
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD)
    for heading in headings:
        table.add_column(heading, justify="left" if heading == headings[0] else "right")
    return table


def _spread(summary: Summary, form: str) -> str:
    return f"{summary.median:{form}} ({summary.low:{form}}-{summary.high:{form}})"


def _milliseconds(summary: Summary) -> str:
    low, middle, high = (seconds * 1e3 for seconds in (summary.low, summary.median, summary.high))
    return f"{middle:.2f} ({low:.2f}-{high:.2f})"


def _goal(goal: str, met: bool) -> str:
    return f"{goal} {'met' if met else 'missed'}"
