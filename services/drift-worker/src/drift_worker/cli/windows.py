"""The commands about windows and records."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer
from contract.keys import Partition
from contract.ledger import Ledger
from contract.queue import window_queue
from contract.redis import background_client
from contract.stream.read import ledger as read_ledger
from contract.stream.read import partitions
from redis import Redis
from rich.console import Console
from rich.status import Status

from drift_worker.cli.operations import close_windows, enqueue_window, wait_until_evaluated
from drift_worker.cli.tables import print_audits, print_evaluations, print_ledgers
from drift_worker.decide.decision import decision_line_of
from drift_worker.reading import reading
from drift_worker.record.evaluation import Evaluation
from drift_worker.record.store import EvaluationStore
from drift_worker.settings import Settings
from drift_worker.sweep.audit import Auditor

if TYPE_CHECKING:
    from drift_worker.record.bundles import BundleShelf
    from drift_worker.record.reports import ReportStore

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]


def close(as_json: AsJson = False) -> None:
    """Close the open window of every model now, however few records it holds, and queue it."""
    settings = Settings()
    with client(settings) as redis:
        closed = close_windows(redis, window_queue(redis), settings)
    if as_json:
        print(json.dumps(closed))
    else:
        print("\n".join(f"closed {window_id}" for window_id in closed) or "no open window holds a record")


def enqueue(window: str) -> None:
    """Queue the evaluation of a closed window by hand."""
    with client(Settings()) as redis:
        print(f"{window}: {enqueue_window(redis, window_queue(redis), window)}")


def evaluations(
    as_json: AsJson = False,
    wait: Annotated[float, typer.Option(help="Seconds to wait until no closed window is pending.")] = 0,
) -> None:
    """List every evaluation, oldest window first."""
    with client(Settings()) as redis:
        if wait > 0:
            with _working("waiting for the evaluations"):
                wait_until_evaluated(redis, wait)
        store = EvaluationStore(redis)
        found: list[Evaluation] = []
        for partition in partitions(redis):
            with reading(partition):
                found += store.all(partition)
    print_evaluations(found, as_json=as_json)


def ledger(as_json: AsJson = False) -> None:
    """Account for every record; exits with 1 where the ledger is not balanced."""
    with client(Settings()) as redis:
        ledgers: dict[Partition, Ledger] = {}
        for partition in partitions(redis):
            with reading(partition):
                ledgers[partition] = read_ledger(redis, partition)
    print_ledgers(ledgers, as_json=as_json)
    if any(each.differences for each in ledgers.values()):
        raise typer.Exit(1)


def audit(as_json: AsJson = False) -> None:
    """Compare the ledger with the stream itself; exits with 1 where they differ."""
    settings = Settings()
    with client(settings) as redis:
        audits = Auditor(redis, settings.reports_dir).audit_all()
    print_audits(audits, as_json=as_json)
    if any(each.differences for each in audits):
        raise typer.Exit(1)


def retry(window: str) -> None:
    """Evaluate a window that failed, from its saved entries, and put the result in its place."""
    settings = Settings()
    with client(settings) as redis, _working("evaluating the window"):
        from drift_worker.evaluate.retry import retry_window  # noqa: PLC0415 - imports Evidently, which takes seconds

        evaluation = retry_window(*_stores(redis, settings), settings, window)
    print(decision_line_of(evaluation))


def replay(window: str, as_json: AsJson = False) -> None:
    """Recompute an evaluation from its saved rows; exits with 1 where it differs from the stored one."""
    settings = Settings()
    with client(settings) as redis, _working("evaluating the window"):
        from drift_worker.evaluate.recompute import replay_window  # noqa: PLC0415 - imports Evidently, which takes seconds

        replayed = replay_window(*_stores(redis, settings), settings, window)
    if as_json:
        print(
            json.dumps(
                {"window": window, "equal": not replayed.differences, "differences": replayed.differences}
            )
        )
    else:
        print("\n".join(replayed.differences) or f"equal: {decision_line_of(replayed.evaluation)}")
    if replayed.differences:
        raise typer.Exit(1)


COMMANDS: Final[tuple[Callable[..., Any], ...]] = (close, enqueue, evaluations, ledger, audit, retry, replay)
"""In the order in which the help lists them."""


def _stores(redis: Redis, settings: Settings) -> "tuple[EvaluationStore, ReportStore, BundleShelf]":
    """The evaluations, their files, and the bundles that they were made with."""
    from drift_worker.record.bundles import BundleShelf  # noqa: PLC0415 - imports pandas, which takes a second
    from drift_worker.record.reports import ReportStore  # noqa: PLC0415 - imports Evidently, which takes seconds

    shelf = BundleShelf(settings.reports_dir / "bundles")
    return EvaluationStore(redis), ReportStore(settings.reports_dir, settings.reports_keep), shelf


def _working(what: str) -> Status:
    """A sign of life on a terminal while something takes seconds."""
    return Console(stderr=True).status(what)


@contextmanager
def client(settings: Settings) -> Iterator[Redis]:
    """A client for one command, before which somebody sits and waits."""
    with background_client(settings.redis_url, timeout=5, retries=1) as redis:
        yield redis
