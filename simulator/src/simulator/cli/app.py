"""The command line: turns options into a replay, and the result into text and an exit code."""

import asyncio
import signal
from pathlib import Path
from typing import Annotated, Any

import typer
from typer import Argument, Option

from simulator.cli.labels import labels_command
from simulator.cli.progress import progress_bar
from simulator.cli.report import as_json, as_text
from simulator.errors import OptionsError, SimulatorError
from simulator.scenario.scenarios import Mode, Scenario, ScenarioName
from simulator.traffic.counts import ReplayCounts
from simulator.traffic.options import CLOSED_LOOP_CONCURRENCY, OPEN_LOOP_CONCURRENCY, ReplayOptions
from simulator.traffic.replay import replay
from simulator.traffic.result import ReplayResult

INCOMPLETE, BAD_INPUT, INTERRUPTED = 1, 2, 130

app = typer.Typer(
    add_completion=False, pretty_exceptions_enable=False, no_args_is_help=True, rich_markup_mode=None
)


def main() -> None:
    """Run the command line."""
    app()


app.command(name="labels")(labels_command)


@app.callback()
def simulator() -> None:
    """Send traffic to a predict service."""


SCENARIO_HELP = (
    "Change the rows on their way. "
    "shift: numerical features move by STRENGTH times their standard deviation over the rows sent (constant "
    "ones stay), booleans named by --feature flip with probability STRENGTH, nulls stay. "
    "missing: nullable features become null with probability STRENGTH. "
    "new-category: categories are replaced, with probability STRENGTH, by one that the reference never had."
)


@app.command(name="replay")
def replay_command(
    data: Annotated[Path, Argument(metavar="MONTH_DIR", help="A folder of tables, or one table.")],
    *,
    url: Annotated[str, Option(help="Address of the service.")] = "http://127.0.0.1:8000",
    rate: Annotated[
        float | None,
        Option(
            help="Rows per second, sent on time whatever answers take.",
            show_default="the next when one is answered",
        ),
    ] = None,
    concurrency: Annotated[
        int | None,
        Option(
            help="Requests in flight at most; 1 keeps the order of rows.",
            show_default=f"{CLOSED_LOOP_CONCURRENCY}; with --rate {OPEN_LOOP_CONCURRENCY}",
        ),
    ] = None,
    batch: Annotated[
        int | None, Option(help="Rows in one request, 1,000 at most.", show_default="a request for each row")
    ] = None,
    limit: Annotated[int | None, Option(help="Rows to send, from the first.", show_default="all")] = None,
    entities_only: Annotated[
        bool,
        Option("--entities-only", help="Send no features; the service looks them up in its feature store."),
    ] = False,
    scenario: Annotated[ScenarioName | None, Option(help=SCENARIO_HELP)] = None,
    strength: Annotated[float | None, Option(help="Of the scenario.", show_default="0.5")] = None,
    mode: Annotated[
        Mode | None, Option(help="In full at once, or rising to the last row.", show_default="sudden")
    ] = None,
    first_row: Annotated[
        int | None,
        Option("--from", help="First row that changes.", show_default="the middle one; gradual: 1"),
    ] = None,
    feature: Annotated[
        list[str] | None,
        Option(help="Feature that changes; may be repeated.", show_default="all that are suited"),
    ] = None,
    seed: Annotated[int | None, Option(help="Of the scenario's draws.", show_default="0")] = None,
    api_key: Annotated[str | None, Option(envvar="PREDICT_API_KEY", help="Sent as a bearer token.")] = None,
    timeout: Annotated[float, Option(help="Seconds that an answer may take.")] = 30.0,
    ids: Annotated[Path | None, Option(help="File for the prediction id of each answer.")] = None,
    answers: Annotated[
        Path | None, Option(help="CSV file for the row, entity, prediction id and score of each answer.")
    ] = None,
    as_document: Annotated[bool, Option("--json", help="Print the result as one JSON document.")] = False,
) -> None:
    """Send the rows of a month to a predict service.

    The exit code is 0 if every row got a prediction, 1 if any was refused or failed, 2 if nothing could be
    sent, 130 after Ctrl-C.
    """
    try:
        details = {
            "strength": strength,
            "mode": mode,
            "first_row": first_row,
            "seed": seed,
            "features": feature,
        }
        options = ReplayOptions(
            data=data,
            url=url,
            rate=rate,
            concurrency=concurrency,
            batch=batch,
            limit=limit,
            entities_only=entities_only,
            scenario=_scenario(scenario, details),
            api_key=api_key,
            ids=ids,
            answers=answers,
            timeout=timeout,
        )
        result = asyncio.run(_interruptible(options))
    except SimulatorError as error:
        typer.echo(f"simulator: {error}", err=True)
        raise typer.Exit(BAD_INPUT) from error
    except (asyncio.CancelledError, KeyboardInterrupt) as error:
        typer.echo("simulator: interrupted before the first row", err=True)
        raise typer.Exit(INTERRUPTED) from error
    typer.echo(as_json(result) if as_document else as_text(options, result))
    raise typer.Exit(INTERRUPTED if result.interrupted else 0 if result.complete else INCOMPLETE)


def _scenario(name: ScenarioName | None, details: dict[str, Any]) -> Scenario | None:
    given = {key: value for key, value in details.items() if value is not None}
    if name is not None:
        return Scenario(name, **given)
    if given:
        raise OptionsError(
            "--strength, --mode, --from, --feature and --seed are of a scenario: add --scenario"
        )
    return None


async def _interruptible(options: ReplayOptions) -> ReplayResult:
    """Run a replay that Ctrl-C stops: with its counts once rows are sent, at once before that."""
    loop, stop, begun = asyncio.get_running_loop(), asyncio.Event(), asyncio.Event()
    this = asyncio.current_task()

    def interrupt() -> None:
        if begun.is_set() and not stop.is_set():
            stop.set()
        elif this:
            this.cancel()

    with progress_bar() as show:

        def on_progress(counts: ReplayCounts) -> None:
            begun.set()
            show(counts)

        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, interrupt)
        return await replay(options, on_progress, stop)
