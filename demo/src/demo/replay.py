"""The replay: sends the months one after the other, and prints each decision as it arrives."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from bundle import Bundle
from contract.keys import Partition
from contract.partition import ledger, open_window, pending_windows
from contract.redis.queue import window_queue
from demo.decisions import DecisionFeed, line_of, summary
from demo.errors import RefusedRowsError, TooSlowError
from demo.features import Features
from demo.labels import Labels
from demo.machine.stack import Stack
from drift_worker.cli.operations import close_windows
from drift_worker.record.evaluation import Evaluation
from drift_worker.record.quality.evaluation import QualityEvaluation
from drift_worker.settings import Settings
from simulator.traffic.answers import Answer
from simulator.traffic.counts import ReplayCounts
from simulator.traffic.options import ReplayOptions
from simulator.traffic.replay import replay
from simulator.traffic.result import ReplayResult

CONCURRENCY: Final = 16
POLL: Final = 0.2
COUNT_TIMEOUT: Final = 30.0
"""Seconds until the ledger must hold every answered record; predict sends its counts every 5."""

EVALUATION_TIMEOUT: Final = 120.0
"""Seconds without a new evaluation after which the demo gives up; one takes about a second."""


@dataclass(slots=True)
class Replayed:
    """What came of the months."""

    evaluations: list[Evaluation] = field(default_factory=list)
    records: list[tuple[str, int]] = field(default_factory=list)
    """Each month, and how many records it has."""
    quality: list[tuple[str, QualityEvaluation]] = field(default_factory=list)
    """The newest quality evaluation after the labels of each month that has labels."""


async def replay_months(
    stack: Stack, model: Bundle, months: list[Path], console: Console, features: Features | None = None
) -> Replayed:
    """Send the months and wait for every closed window; after each month its labels arrive.

    With `features`, entities are sent alone. The feature store has the first month then, and before each
    later one the values of that month come into it. Who is interrupted prints the windows so far.
    Raises RefusedRowsError, TooSlowError, FeatureStoreError, ProcessEndedError, or what the simulator raises.
    """
    partition = Partition(model.name, model.version)
    feed, replayed = DecisionFeed(stack.redis, partition), Replayed()
    labels = Labels(stack, model, console)
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        sending = progress.add_task("predictions", total=None)
        watching = asyncio.create_task(_watch(stack, feed, replayed.evaluations, console))
        try:
            for month in months:
                done, answers = sum(count for _, count in replayed.records), list[Answer]()
                if features and month is not months[0]:
                    progress.update(sending, description=f"{month.name} into the feature store")
                    await asyncio.to_thread(features.materialize, month, stack.feast)
                result = await replay(
                    ReplayOptions(
                        data=month,
                        url=stack.predict_url,
                        concurrency=CONCURRENCY,
                        entities_only=features is not None,
                    ),
                    _shown(progress, sending, month.name, done),
                    on_answer=answers.append,
                )
                stack.processes.check()
                _check(month, result)
                replayed.records.append((month.name, result.answered))
                _say_sent(console, month, result)
                progress.update(sending, description="waiting for the evaluations")
                await _until_counted(stack, partition, done + result.answered)
                if month is months[-1]:
                    await asyncio.to_thread(_close_rest, stack, partition)
                await _until_evaluated(stack, partition, replayed.evaluations, watching)
                progress.update(sending, description="waiting for the labels")
                if judged := await labels.of_month(month, answers):
                    replayed.quality.append((month.name, judged[-1]))
        except asyncio.CancelledError:  # Ctrl-C
            _say_so_far(console, replayed, month.name, len(answers))
            raise
        finally:
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)
    return replayed


def _say_so_far(console: Console, replayed: Replayed, month: str, answered: int) -> None:
    """Print the windows until now, of which the last may be of a month that is still being sent."""
    records = dict(replayed.records)
    records.setdefault(month, answered)
    if replayed.evaluations:
        console.print(summary(replayed.evaluations, [*records.items()]))


async def _watch(stack: Stack, feed: DecisionFeed, evaluations: list[Evaluation], console: Console) -> None:
    """Print each decision as it arrives; raises ProcessEndedError if a process ends."""
    while True:
        for evaluation in await asyncio.to_thread(lambda: list(feed.new())):
            evaluations.append(evaluation)
            console.print(line_of(evaluation, stack.reports), highlight=False, markup=False, soft_wrap=True)
        stack.processes.check()
        await asyncio.sleep(POLL)


async def _until_counted(stack: Stack, partition: Partition, answered: int) -> None:
    """Wait until the ledger accounts for every answer; predict sends its counts every few seconds."""
    deadline = time.monotonic() + COUNT_TIMEOUT
    while (await asyncio.to_thread(ledger, stack.redis, partition)).accepted < answered:
        stack.processes.check()
        if time.monotonic() > deadline:
            raise TooSlowError(
                f"predict did not account for {answered} predictions in {COUNT_TIMEOUT:.0f} s; "
                f"see {stack.processes.folder}/predict.log"
            )
        await asyncio.sleep(POLL)


async def _until_evaluated(
    stack: Stack, partition: Partition, evaluations: list[Evaluation], watching: asyncio.Task[None]
) -> None:
    """Wait until no window is pending and every decision is printed."""
    since, seen = time.monotonic(), -1
    while True:
        pending = await asyncio.to_thread(pending_windows, stack.redis, partition)
        evaluated = stack.redis.zcard(partition.evaluated)
        if watching.done():
            watching.result()
        if not pending and evaluated == len(evaluations):
            return
        if evaluated != seen:
            since, seen = time.monotonic(), evaluated
        elif time.monotonic() - since > EVALUATION_TIMEOUT:
            raise TooSlowError(
                f"{len(pending)} windows were not evaluated in {EVALUATION_TIMEOUT:.0f} s; "
                f"see {stack.processes.folder}/drift-worker.log"
            )
        await asyncio.sleep(POLL)


def _close_rest(stack: Stack, partition: Partition) -> None:
    """Close the last window if it has enough rows for a decision, or if it is the only one."""
    window = open_window(stack.redis, partition)
    if window.rows >= (Settings().window_min_rows if window.number > 1 else 1):
        close_windows(stack.redis, window_queue(stack.redis))


def _shown(progress: Progress, task: TaskID, month: str, done: int) -> Callable[[ReplayCounts], None]:
    def show(counts: ReplayCounts) -> None:
        progress.update(task, description=month, total=done + counts.rows, completed=done + counts.done)

    return show


def _check(month: Path, result: ReplayResult) -> None:
    if result.complete:
        return
    first = result.first_problem
    raise RefusedRowsError(
        f"{month.name}: {result.rows - result.answered} of {result.rows} rows got no prediction"
        + (f"; the first was row {first.row}: {first.reason}" if first else "")
    )


def _say_sent(console: Console, month: Path, result: ReplayResult) -> None:
    latency = (
        f", p50 {result.latency.p50 * 1e3:.1f} ms, p99 {result.latency.p99 * 1e3:.1f} ms"
        if result.latency
        else ""
    )
    console.print(
        f"{month.name}: {result.answered} predictions, {result.requests_per_second:.0f} per second{latency}",
        highlight=False,
    )
