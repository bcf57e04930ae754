"""The commands about windows and records."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer
from redis import Redis
from rich.console import Console
from rich.status import Status

from contract.labels.ledger import label_ledger
from contract.partition import ledger as read_ledger
from contract.partition import partitions
from contract.redis.connection import background_client
from contract.redis.queue import window_queue
from contract.settings import read_settings
from contract.windows import last_record
from drift_worker.cli.operations import close_windows, enqueue_window, wait_until_evaluated
from drift_worker.cli.tables import (
    print_accepted,
    print_audits,
    print_evaluations,
    print_ledgers,
    print_recomputations,
)
from drift_worker.record.evaluation import evaluation_line
from drift_worker.record.quality.files import QualityFiles, is_quality_id
from drift_worker.record.quality.store import QualityStore
from drift_worker.record.store import EvaluationStore
from drift_worker.settings import Settings
from drift_worker.sweep.audit import Auditor

if TYPE_CHECKING:
    from drift_worker.evaluate.judge import RowsEvaluator

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]


def close(as_json: AsJson = False) -> None:
    """Close the open window of every model now, however few records it holds, and queue it."""
    with client(read_settings(Settings)) as redis:
        closed = close_windows(redis, window_queue(redis))
    if as_json:
        print(json.dumps(closed))
    else:
        print("\n".join(f"closed {window_id}" for window_id in closed) or "no open window holds a record")


def enqueue(window: str) -> None:
    """Queue the evaluation of a closed window by hand."""
    with client(read_settings(Settings)) as redis:
        print(f"{window}: {enqueue_window(redis, window_queue(redis), window)}")


def evaluations(
    as_json: AsJson = False,
    wait: Annotated[float, typer.Option(help="Seconds to wait until no closed window is pending.")] = 0,
) -> None:
    """List every evaluation of every model version, in the order in which the windows ended."""
    with client(read_settings(Settings)) as redis:
        if wait > 0:
            with _working("waiting for the evaluations"):
                wait_until_evaluated(redis, wait)
        store = EvaluationStore(redis)
        found = [evaluation for partition in partitions(redis) for evaluation in store.all(partition)]
    found.sort(key=lambda evaluation: last_record(evaluation.window_id))
    print_evaluations(found, as_json=as_json)


def ledger(as_json: AsJson = False) -> None:
    """Account for every record and every label; exits with 1 where a ledger is not balanced."""
    with client(read_settings(Settings)) as redis:
        every = partitions(redis)
        ledgers = {partition: read_ledger(redis, partition) for partition in every}
        labels = {model: label_ledger(redis, model) for model in sorted({each.model for each in every})}
    print_ledgers(ledgers, labels, as_json=as_json)
    differences = [each.differences for each in ledgers.values()]
    if any([*differences, *(each.differences for each in labels.values())]):
        raise typer.Exit(1)


def audit(as_json: AsJson = False) -> None:
    """Compare the ledger with the stream itself; exits with 1 where they differ."""
    settings = read_settings(Settings)
    with client(settings) as redis:
        audits = Auditor(redis, settings.reports_dir).audit_all()
    print_audits(audits, as_json=as_json)
    if any(each.differences for each in audits):
        raise typer.Exit(1)


def retry(window: str) -> None:
    """Evaluate a window that failed, from its saved entries, and put the result in its place."""
    settings = read_settings(Settings)
    with client(settings) as redis, _working("evaluating the window"):
        from drift_worker.evaluate.review.retry import retry_window  # noqa: PLC0415 - imports Evidently, which takes seconds

        evaluation = retry_window(_evaluator(redis, settings), window)
    print(evaluation_line(evaluation))


def recompute(
    windows: Annotated[list[str], typer.Argument(help="Ids of windows, or of quality evaluations.")],
    as_json: AsJson = False,
) -> None:
    """Recompute evaluations from their saved rows; exits with 1 where one differs from the stored one."""
    settings = read_settings(Settings)
    with client(settings) as redis, _working("evaluating again"):
        from drift_worker.evaluate.review.recompute import recompute_window  # noqa: PLC0415 - as above
        from drift_worker.quality.judge import QualityBundles  # noqa: PLC0415 - as above
        from drift_worker.quality.recompute import recompute_quality  # noqa: PLC0415 - as above

        evaluator = _evaluator(redis, settings)
        store, files = QualityStore(redis), QualityFiles(settings.reports_dir)
        bundles = QualityBundles(evaluator.stores.bundles)
        recomputed = [
            recompute_quality(store, files, bundles, each)
            if is_quality_id(each)
            else recompute_window(evaluator, each)
            for each in windows
        ]
    print_recomputations(recomputed, as_json=as_json)
    if any(each.differences for each in recomputed):
        raise typer.Exit(1)


def accept(
    windows: Annotated[list[str], typer.Argument(help="Windows whose change is intended.")],
    out: Annotated[
        Path | None, typer.Option(help="The new bundle's folder. Default: REPORTS_DIR/accepted/MODEL.")
    ] = None,
    column: Annotated[
        list[str] | None, typer.Option(help="A column whose change is intended. Default: all that changed.")
    ] = None,
) -> None:
    """Accept an intended change: make a bundle whose reference has these windows' rows too."""
    settings = read_settings(Settings)
    with client(settings) as redis, _working("making the bundle"):
        from drift_worker.evaluate.review.accept import accept_windows  # noqa: PLC0415 - as above

        bundle = accept_windows(_evaluator(redis, settings).stores, windows, out, column or ())
    print_accepted(bundle)


COMMANDS: Final[tuple[Callable[..., Any], ...]] = (
    close,
    enqueue,
    evaluations,
    ledger,
    audit,
    retry,
    recompute,
    accept,
)
"""In the order in which the help lists them."""


def _evaluator(redis: Redis, settings: Settings) -> "RowsEvaluator":
    from drift_worker.evaluate.judge import RowsEvaluator  # noqa: PLC0415 - as above
    from drift_worker.evaluate.stores import open_stores  # noqa: PLC0415 - as above

    return RowsEvaluator.of(open_stores(redis, settings), settings)


def _working(what: str) -> Status:
    """A sign of life on a terminal while something takes seconds."""
    return Console(stderr=True).status(what)


@contextmanager
def client(settings: Settings) -> Iterator[Redis]:
    """A client for one command, before which somebody sits and waits."""
    with background_client(settings.redis_url, timeout=5, retries=1) as redis:
        yield redis
