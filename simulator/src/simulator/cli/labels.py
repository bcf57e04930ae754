"""The command `simulator labels`: the labels of a month."""

import asyncio
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from typer import Argument, Option

from contract.schema import Schema
from simulator.errors import OptionsError, SimulatorError
from simulator.labels.about import about_entities, about_predictions
from simulator.labels.draw import Draw
from simulator.labels.month import MonthLabels, RowLabel, read_labels
from simulator.labels.send import LabelCounts, send_labels
from simulator.traffic.answers import read_answers
from simulator.traffic.options import ReplayOptions
from simulator.traffic.service import open_session, served_model

INCOMPLETE, BAD_INPUT, INTERRUPTED = 1, 2, 130


def labels_command(
    data: Annotated[Path, Argument(metavar="MONTH_DIR", help="A folder of tables, or one table.")],
    *,
    url: Annotated[str, Option(help="Address of the service.")] = "http://127.0.0.1:8000",
    delay: Annotated[float, Option(help="Seconds to wait first, as labels come later than predictions.")] = 0,
    share: Annotated[float, Option(help="Of the rows whose labels are sent.")] = 1.0,
    answers: Annotated[
        Path | None,
        Option(
            help="The file of `replay --answers`: each label is about the prediction that its row got.",
            show_default="about its entity's last prediction",
        ),
    ] = None,
    by_score: Annotated[bool, Option(help="Draw rows of high scores more often; needs --answers.")] = False,
    seed: Annotated[int, Option(help="Of the draw of these rows.")] = 0,
    api_key: Annotated[str | None, Option(envvar="PREDICT_API_KEY", help="Sent as a bearer token.")] = None,
    timeout: Annotated[float, Option(help="Seconds that an answer may take.")] = 30.0,
    as_document: Annotated[bool, Option("--json", help="Print the result as one JSON document.")] = False,
) -> None:
    """Send the labels of a month's rows, each about its entity's last prediction, or about that of its row.

    The exit code is 0 if all were taken, 1 if any was refused, 2 if nothing could be sent, 130 after Ctrl-C.
    """
    try:
        options = ReplayOptions(data=data, url=url, api_key=api_key, timeout=timeout)
        counts, month = asyncio.run(
            _send(options, delay, Wanted(Draw(share, seed), answers, by_score=by_score))
        )
    except SimulatorError as error:
        typer.echo(f"simulator: {error}", err=True)
        raise typer.Exit(BAD_INPUT) from error
    except KeyboardInterrupt as error:
        typer.echo("simulator: interrupted", err=True)
        raise typer.Exit(INTERRUPTED) from error
    if as_document:
        typer.echo(json.dumps(asdict(counts) | {"unlabelled": month.unlabelled, "unknown": month.unknown}))
    else:
        refused = f", {counts.refused:,} refused: {counts.first_problem}" if counts.refused else ""
        typer.echo(f"{counts.taken:,} of {counts.labels:,} labels taken{refused}{month.left_out}")
    raise typer.Exit(INCOMPLETE if counts.refused else 0)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which labels are sent, and what they are about."""

    draw: Draw
    answers: Path | None
    by_score: bool

    def of(self, labels: list[RowLabel], schema: Schema) -> list[dict[str, Any]]:
        """Return the labels as requests hold them; raises SimulatorError."""
        if self.answers is None:
            return about_entities(self.draw.alike(labels), schema)
        found = about_predictions(labels, read_answers(self.answers), schema)
        every, scores = [label for label, _ in found], [score for _, score in found]
        return self.draw.by_score(every, scores) if self.by_score else self.draw.alike(every)


async def _send(options: ReplayOptions, delay: float, wanted: Wanted) -> tuple[LabelCounts, MonthLabels]:
    if delay < 0:
        raise OptionsError(f"the delay is a number of seconds from 0; got {delay:g}")
    if wanted.by_score and wanted.answers is None:
        raise OptionsError("--by-score needs --answers, the file that `simulator replay --answers` writes")
    async with open_session(options) as session:
        model = await served_model(session, options.url)
        month = read_labels(options.data, model.schema, model.classes)
        labels = wanted.of(month.labels, model.schema)
        await asyncio.sleep(delay)
        console = Console(stderr=True)
        columns = TextColumn("sending labels"), BarColumn(), MofNCompleteColumn()
        with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
            task = progress.add_task("", total=len(labels))
            counts = await send_labels(
                session,
                labels,
                lambda counts: progress.update(task, completed=counts.taken + counts.refused),
            )
    return counts, month
