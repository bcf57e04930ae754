"""The commands of drift-worker: each translates between a terminal and the code that does the work."""

import sys
from typing import Annotated

import typer
from pydantic import ValidationError
from redis.exceptions import RedisError

from bundle import BundleError
from contract.errors import ContractError
from contract.schema import first_problem
from contract.settings import read_settings
from drift_worker.cli.comparison.compare import compare
from drift_worker.cli.labels import labels
from drift_worker.cli.quality import quality
from drift_worker.cli.trial import trial
from drift_worker.cli.versions import retire_command
from drift_worker.cli.windows import COMMANDS, client
from drift_worker.detect.evidently.quiet import quiet_evidently
from drift_worker.errors import DriftWorkerError
from drift_worker.evaluate.attempts import waiting_windows
from drift_worker.evaluate.lease import worker_name
from drift_worker.record.own import open_own_bundles, own_sources
from drift_worker.settings import Settings
from drift_worker.worker.health import beats

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
app.command()(compare)
app.command()(trial)
app.command()(labels)
app.command()(quality)
app.command("retire")(retire_command)

for command in COMMANDS:
    app.command()(command)


@app.command()
def run() -> None:
    """Evaluate closed windows as they are queued, until told to stop."""
    settings = read_settings(Settings)
    own = open_own_bundles(own_sources(settings))
    from drift_worker.worker.process import run_worker  # noqa: PLC0415 - imports Evidently, which takes seconds

    run_worker(settings, own)


@app.command()
def sweep() -> None:
    """Close windows by age or calendar, queue the pending ones, trim the stream, publish the metrics."""
    settings = read_settings(Settings)
    from drift_worker.sweep.process import run_sweep  # noqa: PLC0415 - what only this command needs

    run_sweep(settings)


@app.command()
def ui() -> None:
    """Serve the Evidently UI, and beside it the reports under /reports/."""
    settings = read_settings(Settings)
    from drift_worker.show.app import run_ui  # noqa: PLC0415 - imports Evidently, which takes seconds

    run_ui(settings)


@app.command()
def health(
    sweep: Annotated[bool, typer.Option("--sweep", help="Ask for the sweep, wherever it runs.")] = False,
) -> None:
    """Exit with 0 if a worker of this host beats, or a sweep, else with 1."""
    with client(read_settings(Settings)) as redis:
        alive = beats(redis, sweep=sweep)
        waiting = waiting_windows(redis)
    print(f"{'sweep' if sweep else 'worker ' + worker_name()}: {'beats' if alive else 'no heartbeat'}")
    for what, windows in waiting.items():
        print(f"windows that wait: {len(windows)}, since {windows[0]}: {what}")
    if not alive:
        raise typer.Exit(1)


def main() -> None:
    """Run a command; what a user can mend is one message on stderr, and exit code 2."""
    quiet_evidently()
    try:
        app()
    except ValidationError as error:
        _fail(f"{error.title} can't be read: {first_problem(error)}")
    except (BundleError, ContractError, DriftWorkerError) as error:
        _fail(str(error))
    except RedisError as error:
        _fail(f"Redis can't be used: {error}; REDIS_URL says where it is")
    except OSError as error:
        _fail(f"{error.filename}: {error.strerror}" if error.filename else str(error))


def _fail(message: str) -> None:
    print(f"drift-worker: {message}", file=sys.stderr)
    sys.exit(2)
