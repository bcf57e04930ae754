"""The command `simulator labels`: the labels of a month."""

import asyncio
import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from typer import Argument, Option

from simulator.errors import OptionsError, SimulatorError
from simulator.labels.draw import Draw
from simulator.labels.month import read_labels
from simulator.labels.send import LabelCounts, send_labels
from simulator.traffic.options import ReplayOptions
from simulator.traffic.service import open_session, served_model

INCOMPLETE, BAD_INPUT, INTERRUPTED = 1, 2, 130


def labels_command(
    data: Annotated[Path, Argument(metavar="MONTH_DIR", help="A folder of tables, or one table.")],
    *,
    url: Annotated[str, Option(help="Address of the service.")] = "http://127.0.0.1:8000",
    delay: Annotated[float, Option(help="Seconds to wait first, as labels come later than predictions.")] = 0,
    share: Annotated[float, Option(help="Of the rows whose labels are sent.")] = 1.0,
    by_score: Annotated[
        Path | None,
        Option(
            metavar="ANSWERS",
            help="Draw rows of high scores more often; the file is that of `replay --answers`.",
            show_default="each row alike",
        ),
    ] = None,
    seed: Annotated[int, Option(help="Of the draw of these rows.")] = 0,
    api_key: Annotated[str | None, Option(envvar="PREDICT_API_KEY", help="Sent as a bearer token.")] = None,
    timeout: Annotated[float, Option(help="Seconds that an answer may take.")] = 30.0,
    as_document: Annotated[bool, Option("--json", help="Print the result as one JSON document.")] = False,
) -> None:
    """Send the labels of a month's rows, each about its entity's last prediction.

    The exit code is 0 if all were taken, 1 if any was refused, 2 if nothing could be sent, 130 after Ctrl-C.
    """
    try:
        options = ReplayOptions(data=data, url=url, api_key=api_key, timeout=timeout)
        counts = asyncio.run(_send(options, delay, Draw(share, seed, by_score)))
    except SimulatorError as error:
        typer.echo(f"simulator: {error}", err=True)
        raise typer.Exit(BAD_INPUT) from error
    except KeyboardInterrupt as error:
        typer.echo("simulator: interrupted", err=True)
        raise typer.Exit(INTERRUPTED) from error
    if as_document:
        typer.echo(json.dumps(asdict(counts)))
    else:
        refused = f", {counts.refused:,} refused: {counts.first_problem}" if counts.refused else ""
        typer.echo(f"{counts.taken:,} of {counts.labels:,} labels taken{refused}")
    raise typer.Exit(INCOMPLETE if counts.refused else 0)


async def _send(options: ReplayOptions, delay: float, draw: Draw) -> LabelCounts:
    if delay < 0:
        raise OptionsError(f"the delay is a number of seconds from 0; got {delay:g}")
    async with open_session(options) as session:
        model = await served_model(session, options.url)
        labels = draw.of(read_labels(options.data, model.schema))
        await asyncio.sleep(delay)
        console = Console(stderr=True)
        columns = TextColumn("sending labels"), BarColumn(), MofNCompleteColumn()
        with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
            task = progress.add_task("", total=len(labels))
            return await send_labels(
                session,
                model.schema.entity,
                labels,
                lambda counts: progress.update(task, completed=counts.taken + counts.refused),
            )
