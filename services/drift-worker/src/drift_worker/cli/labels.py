"""The command `drift-worker labels`: the labels of a file."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from bundle import Bundle, BundleError, open_bundle
from contract.redis.connection import background_client
from contract.redis.queue import enqueue_labels, label_queue
from contract.schema import Decimal
from contract.settings import read_settings
from drift_worker.errors import BadLabelFileError
from drift_worker.record.own import open_own_bundles
from drift_worker.settings import Settings
from sources import configured_sources

if TYPE_CHECKING:
    from drift_worker.labels.from_file.table import LabelTable


def labels(
    file: Annotated[Path, typer.Argument(help="CSV or Parquet: a row per label.")],
    *,
    model: Annotated[
        str | None, typer.Option(help="The model's name; without it, that of BUNDLE's only one.")
    ] = None,
    prediction_id: Annotated[
        str | None,
        typer.Option(help="The column of prediction ids; without it, prediction_id if there is one."),
    ] = None,
    entity: Annotated[
        str | None, typer.Option(help="The column of entities instead; without it, that of the schema.")
    ] = None,
    time: Annotated[
        str | None,
        typer.Option(
            help="The column of times; without it, time if there is one, else labels become true now."
        ),
    ] = None,
    decimal: Annotated[
        Decimal | None,
        typer.Option(help="The decimal mark of labels that are numbers; without it, as schema and file say."),
    ] = None,
    skip_bad: Annotated[
        bool, typer.Option("--skip-bad", help="Leave bad rows out, and say how many.")
    ] = False,
) -> None:
    """Take the labels of a file, to be joined with their predictions.

    A file with a bad row is refused as a whole, unless --skip-bad is given. A second run adds nothing but
    rows that were bad and are good now, as those of a date that has come. One after an interruption goes on
    where the first one ended.
    """
    settings = read_settings(Settings)
    bundle = _bundle(settings, model)
    import pandas as pd  # noqa: PLC0415 - takes seconds to import, for which the other commands need not wait

    from dataset import DataError  # noqa: PLC0415 - as above
    from drift_worker.labels.from_file.send import send_file  # noqa: PLC0415 - as above
    from drift_worker.labels.from_file.table import Columns, read_label_file  # noqa: PLC0415 - as above

    columns = Columns(prediction_id, entity, time, decimal)
    try:
        table = read_label_file(file, bundle, columns, pd.Timestamp.now("UTC"))
    except DataError as error:
        raise BadLabelFileError(str(error)) from error
    for note in table.notes:
        typer.echo(note, err=True)
    left_out = _check(table, skip_bad=skip_bad)
    with background_client(settings.redis_url) as redis, _progress() as progress:
        new, before = send_file(redis, bundle.name, table, progress)
        enqueue_labels(label_queue(redis), bundle.name)
    again = f"; {before:,} had been taken before" if before else ""
    print(f"{new:,} labels of {bundle.name} taken{again}{left_out}")


def _check(table: "LabelTable", *, skip_bad: bool) -> str:
    """Say which rows are left out, if they may be; raises BadLabelFileError if they may not."""
    bad = len(table.good) - int(table.good.sum())
    if not bad:
        return ""
    named = "\n  ".join(table.bad_rows())
    if not skip_bad:
        raise BadLabelFileError(
            f"{table.path}: {bad:,} of {len(table.good):,} rows are bad, so none was taken; mend them, or "
            f"leave them out with --skip-bad. The first are:\n  {named}"
        )
    return f"; {bad:,} bad rows left out, the first are:\n  {named}"


def _bundle(settings: Settings, model: str | None) -> Bundle:
    """The bundle of a model by name: BUNDLE, or the newest of that name that a worker has served."""
    try:
        given: tuple[Bundle, ...] = open_own_bundles(
            configured_sources(settings, settings.bundles, "BUNDLE")
        ).bundles
    except BundleError:
        if model is None:
            raise
        given = ()
    if model is None and len(given) > 1:
        names = ", ".join(each.name for each in given)
        raise BadLabelFileError(f"--model: BUNDLE has several models; expected one of: {names}")
    for own in given:
        if model in (None, own.name):
            return own
    kept = [*(settings.reports_dir / "bundles").glob(f"{model}-{'[0-9a-f]' * 12}")]
    if not kept:
        raise BadLabelFileError(
            f"--model: no worker has served a model {model!r}; expected the name in its bundle"
        )
    return open_bundle(max(kept, key=lambda folder: folder.stat().st_mtime))


@contextmanager
def _progress() -> Iterator[Callable[[int, int], None]]:
    """A bar on stderr that is told what is done of how much, on a terminal only."""
    console = Console(stderr=True)
    columns = TextColumn("taking labels"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn()
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("", total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)
