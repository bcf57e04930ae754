"""The command line: `demo run` shows everything once and ends, `demo up` keeps running."""

import asyncio
import fcntl
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final, NoReturn

import typer
from redis.exceptions import RedisError
from rich.console import Console

from bundle import BundleError
from contract.errors import BadSettingError
from contract.keys import Partition
from contract.labels.ledger import label_ledger
from contract.partition import ledger
from contract.settings import MlflowSettings
from dataset import DataError
from demo.decisions import summary
from demo.errors import AlreadyRunningError, DemoError, InterruptedDemoError, NoMonthsError
from demo.features import features_of
from demo.machine.processes import Processes
from demo.machine.stack import Stack, start_mlflow, start_stack
from demo.months import find_months
from demo.replay import replay_months
from demo.served import ServedBundles
from demo.story import drift_sentence, labels_sentence
from drift_worker.cli.tables import print_ledgers
from drift_worker.record.evaluation import Evaluation
from drift_worker.settings import Settings
from registry import RegistryError
from simulator.errors import SimulatorError
from training.errors import TrainingError
from training.steps import steps

FOLDER: Final = Path(".driftline")
PIPE_WIDTH: Final = 1000
"""Characters that a table may be wide when the output is not a terminal: more than any is."""

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
Data = Annotated[
    Path | None, typer.Option(help="A folder with month_000 and later months. Default: the example's.")
]


Served = Annotated[
    str | None, typer.Option(envvar="BUNDLE", help="Bundles to serve instead of the months' own.")
]
Registry = Annotated[
    bool,
    typer.Option(envvar="MLFLOW", help="Run an MLflow server too; its models stay in .driftline/mlflow."),
]


FeatureStore = Annotated[
    bool,
    typer.Option(envvar="FEAST", help="Run a Feast server too; of each month the entities are sent alone."),
]


@dataclass(frozen=True, slots=True)
class Extras:
    """What a demo does beside the replay."""

    stay: bool = False
    mlflow: bool = False
    feast: bool = False


@app.command()
def run(data: Data = None, bundle: Served = None) -> None:
    """Replay the months, print every decision, and end."""
    if bundle is not None and data is None:
        raise NoMonthsError(
            f"BUNDLE={bundle}, but no months to replay: expected DATA, a folder of them, as well; "
            "`make up` serves a bundle without"
        )
    _interruptible("demo", data, bundle, Extras())


@app.command()
def up(
    data: Data = None, bundle: Served = None, mlflow: Registry = False, feast: FeatureStore = False
) -> None:
    """The same, and then keep serving; a bundle without data is served without a replay.

    Of several bundles, with commas between them, the months are replayed against the first. A bundle may be
    a version in MLflow's registry, models:/NAME@ALIAS or models:/NAME/VERSION: of the server at
    MLFLOW_TRACKING_URI, or else of one that runs here.
    """
    _interruptible("up", data, bundle, Extras(stay=True, mlflow=mlflow, feast=feast))


def run_command() -> None:
    """Run a command; print an error as one message, and exit with 2 for bad input or with 1 for the rest."""
    try:
        app()
    except (BadSettingError, BundleError, DataError, NoMonthsError, RegistryError, TrainingError) as error:
        _end(str(error), 2)
    except (DemoError, SimulatorError, RedisError) as error:
        _end(str(error), 1)


def _interruptible(name: str, data: Path | None, bundle: str | None, extras: Extras) -> None:
    try:
        _demo(name, data, bundle, extras)
    except KeyboardInterrupt as error:
        raise InterruptedDemoError from error


def _demo(name: str, data: Path | None, bundle: str | None, extras: Extras) -> None:
    console = Console(width=None if sys.stdout.isatty() else PIPE_WIDTH, markup=False, emoji=False)
    served = ServedBundles.of(bundle)
    with _own_folder(FOLDER / name) as folder, Processes(folder) as processes:
        registry = {"REGISTRY_CACHE": str(FOLDER / "registry")}
        settings = MlflowSettings()
        if extras.mlflow or (served.needs_registry and settings.mlflow_tracking_uri is None):
            with steps("starting MLflow, whose 600 MB are installed once", console):
                url = start_mlflow(processes, FOLDER / "mlflow", console.print)
            settings = MlflowSettings(mlflow_tracking_uri=url)
            registry["MLFLOW_TRACKING_URI"] = url
        with steps("reading the months", console) as progress:
            first = served.first_folder(settings, FOLDER / "registry")
            months = find_months(data, first, folder, progress)
        model = months.bundle
        partition = Partition(model.name, model.version)
        measured = model.metadata.validation
        quality = measured.named if measured else "n/a"
        console.print(f"model {model.name} {model.version}, validation {quality}", highlight=False)
        for note in months.notes:
            console.print(note, highlight=False, soft_wrap=True)
        features = None
        if extras.feast:
            with steps("installing Feast, whose 450 MB are installed once", console):
                features = features_of(months, folder)
        with steps("starting Redis, predict and drift-worker", console):
            names = served.names or [str(model.path)]
            stack = start_stack(
                processes,
                folder,
                names,
                ui=extras.stay,
                registry=registry,
                features=features.repository if features else None,
                say=console.print,
            )
        replayed = asyncio.run(replay_months(stack, model, months.later, console, features))
        if months.later:
            console.print(summary(replayed.evaluations, replayed.records))
        _say_where(console, stack, replayed.evaluations, stay=extras.stay)
        labels = {model.name: label_ledger(stack.redis, model.name)}
        print_ledgers({partition: ledger(stack.redis, partition)}, labels, as_json=False)
        if months.later:
            print(drift_sentence(replayed.evaluations, replayed.records))
            label = model.schema.label
            horizon = label.horizon if label and label.horizon_ms else None
            needed = Settings().quality_rows
            print(labels_sentence(replayed.quality, labels[model.name], needed, horizon))
        if extras.stay:
            _stay(console, stack)


def _say_where(console: Console, stack: Stack, evaluations: list[Evaluation], *, stay: bool) -> None:
    reported = [evaluation.reports.html for evaluation in evaluations if evaluation.reports]
    more = "" if stay else "; `make up` does the same and serves them, with the Evidently UI"
    if reported:
        console.print(
            f"reports: in {stack.reports}, one folder a window; open the newest in a browser{more}\n"
            f"         {(stack.reports / reported[-1]).absolute().as_uri()}",
            highlight=False,
            markup=False,
            soft_wrap=True,
        )


def _stay(console: Console, stack: Stack) -> NoReturn:
    console.print(
        f"predict:  {stack.predict_url}/ (API docs at /docs)\n"
        f"reports:  {stack.ui_url}/reports/ (Evidently UI at {stack.ui_url}/)\n"
        f"metrics:  {stack.predict_url}/metrics, {', '.join(stack.metrics_urls)} (worker, sweep)\n"
        + (
            f"mlflow:   {stack.mlflow_url}/ (its models stay in {FOLDER}/mlflow)\n"
            if stack.mlflow_url
            else ""
        )
        + (
            f"feast:    {stack.features_url}/ (FEATURES_STORE={stack.feast['FEATURES_STORE']})\n"
            if stack.features_url
            else ""
        )
        + "Ctrl-C stops everything",
        highlight=False,
    )
    while True:
        stack.processes.check()
        time.sleep(1)


@contextmanager
def _own_folder(folder: Path) -> Iterator[Path]:
    """Create an empty folder and lock it; raises AlreadyRunningError where another demo holds the lock."""
    FOLDER.mkdir(exist_ok=True)
    with folder.with_suffix(".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise AlreadyRunningError(
                f"another `make {folder.name}` is running here; stop it first"
            ) from error
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        yield folder


def _end(message: str, code: int) -> NoReturn:
    print(f"demo: {message}", file=sys.stderr)
    sys.exit(code)
