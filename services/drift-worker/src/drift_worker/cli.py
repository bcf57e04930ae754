"""The commands of drift-worker: each translates between a terminal and the code that does the work."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer
from bundle import BundleError
from contract.connection import background_client
from contract.errors import ContractError
from contract.keys import heartbeat_key
from contract.queue import window_queue
from contract.reading import ledger as read_ledger
from contract.reading import partitions
from contract.schema import first_problem
from pydantic import ValidationError
from redis import Redis
from redis.exceptions import RedisError
from rich.console import Console

from drift_worker.compare_command import compare
from drift_worker.errors import DriftWorkerError
from drift_worker.lease import worker_name
from drift_worker.listing import print_evaluations, print_ledgers
from drift_worker.operating import close_windows, enqueue_window, wait_until_evaluated
from drift_worker.settings import Settings
from drift_worker.store import EvaluationStore

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
app.command()(compare)

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]


@app.command()
def run() -> None:
    """Evaluate closed windows as they are queued, until told to stop."""
    from drift_worker.worker import run_worker  # noqa: PLC0415 - imports Evidently, which takes seconds

    run_worker(Settings())


@app.command()
def sweep() -> None:
    """Close windows by age, queue what has no evaluation, trim the stream, publish the metrics."""
    from drift_worker.sweeper import run_sweep  # noqa: PLC0415 - what only this command needs

    run_sweep(Settings())


@app.command()
def ui() -> None:
    """Serve the Evidently UI, and beside it the reports under /reports/."""
    from drift_worker.reports_app import run_ui  # noqa: PLC0415 - imports Evidently, which takes seconds

    run_ui(Settings())


@app.command()
def close(as_json: AsJson = False) -> None:
    """Close the open window of every model now, however few records it holds, and queue it."""
    settings = Settings()
    with _redis(settings) as redis:
        closed = close_windows(redis, window_queue(redis), settings)
    if as_json:
        print(json.dumps(closed))
    else:
        print("\n".join(f"closed {window_id}" for window_id in closed) or "no open window holds a record")


@app.command()
def enqueue(window: str) -> None:
    """Queue the evaluation of a closed window by hand."""
    settings = Settings()
    with _redis(settings) as redis:
        queue = window_queue(redis)
        print(f"{window}: {enqueue_window(redis, queue, settings, window)}")


@app.command()
def evaluations(
    as_json: AsJson = False,
    wait: Annotated[float, typer.Option(help="Seconds to wait until no closed window is pending.")] = 0,
) -> None:
    """List every evaluation, oldest window first."""
    with _redis(Settings()) as redis:
        if wait > 0:
            with Console(stderr=True).status("waiting for the evaluations"):
                wait_until_evaluated(redis, wait)
        store = EvaluationStore(redis)
        found = [evaluation for partition in partitions(redis) for evaluation in store.all(partition)]
    print_evaluations(found, as_json=as_json)


@app.command()
def ledger(as_json: AsJson = False) -> None:
    """Account for every record; exits with 1 where the ledger is not balanced."""
    with _redis(Settings()) as redis:
        ledgers = {partition: read_ledger(redis, partition) for partition in partitions(redis)}
    print_ledgers(ledgers, as_json=as_json)
    if any(each.differences for each in ledgers.values()):
        raise typer.Exit(1)


@app.command()
def health() -> None:
    """Exit with 0 if a worker of this host beats, else with 1."""
    with _redis(Settings()) as redis:
        beats = bool(redis.exists(heartbeat_key(worker_name())))
    print(f"worker {worker_name()}: {'beats' if beats else 'no heartbeat'}")
    if not beats:
        raise typer.Exit(1)


def main() -> None:
    """Run a command; what a user can mend is one message on stderr, and exit code 2."""
    try:
        app()
    except ValidationError as error:
        _fail(f"a setting is not valid: {first_problem(error)}")
    except RedisError as error:
        _fail(f"Redis can't be used: {error}; REDIS_URL says where it is")
    except (BundleError, ContractError, DriftWorkerError) as error:
        _fail(str(error))


def _fail(message: str) -> None:
    print(f"drift-worker: {message}", file=sys.stderr)
    sys.exit(2)


@contextmanager
def _redis(settings: Settings) -> Iterator[Redis]:
    """A client for one command."""
    with background_client(settings.redis_url) as redis:
        yield redis
