"""The command line: `training streamflow`, `training schema`, `training build`."""

import sys
from pathlib import Path
from typing import Annotated, Final

import typer
from bundle import BundleError, ScoringError, open_bundle
from contract.task import Task
from dataset import DataError, find_schema, propose_schema, read_schema_yaml, schema_yaml
from rich.console import Console
from rich.text import Text

from training.build import Request, build_bundle
from training.errors import TrainingError
from training.example.streamflow import write_streamflow
from training.live import Span, build_from_windows
from training.options import existing_of, read_threshold
from training.tell import SEEN_ROWS, tell, tell_live

app = typer.Typer(
    no_args_is_help=True, add_completion=False, help="Make schemas, bundles and the example months."
)

TASK_HELP: Final = "Default: what the label's values set."

BAD_INPUT = 2
"""The exit code for input that can't be used; a mistyped option has the same."""


def main() -> None:
    """Run a command; print bad input as one message on stderr."""
    try:
        app()
    except (BundleError, DataError, ScoringError, TrainingError) as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(BAD_INPUT)


@app.command()
def streamflow(
    out: Annotated[Path, typer.Option(help="Where to write month_000, month_001, month_002.")] = Path(
        "data/streamflow"
    ),
) -> None:
    """Make the example months: six Parquet tables each, and their schema."""
    write_streamflow(out)
    print(f"wrote month_000, month_001, month_002 and schema.yaml to {out}")


@app.command()
def schema(
    data: Annotated[Path, typer.Argument(help="A CSV or Parquet file, or a folder of them.")],
    entity: Annotated[str, typer.Option(help="The column that names each row's entity.")],
    label: Annotated[str | None, typer.Option(help="The column to predict.")] = None,
    task: Annotated[Task | None, typer.Option(help=TASK_HELP)] = None,
    out: Annotated[Path | None, typer.Option(help="The file to write. Default: printed.")] = None,
) -> None:
    """Propose a schema.yaml for a data set; read it over before you use it."""
    proposal = propose_schema(data, entity=entity, label=label, task=task)
    text = schema_yaml(proposal.schema)
    for skipped in proposal.skipped:
        print(f"left out: {skipped}", file=sys.stderr)
    if out is None:
        print(text, end="")
        return
    try:
        with out.open("x", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise DataError(f"{out}: cannot be written: {error.strerror}") from error
    what = f", task {proposal.target.task}" if label else ""
    print(f"wrote {out}: {len(proposal.features)} features{what}; read it over before you use it")


@app.command()
def reference(
    *,
    bundle: Annotated[Path, typer.Option(help="The bundle whose model stays as it is.")],
    from_windows: Annotated[
        tuple[str, str], typer.Option(metavar="FROM TO", help="The first and the last window, by their ids.")
    ],
    reports: Annotated[Path, typer.Option(help="The folder with the windows: the worker's REPORTS_DIR.")],
    out: Annotated[Path, typer.Option(help="The new bundle's folder.")],
    zone: Annotated[str, typer.Option(help="The time zone of the traffic's hours and weekdays.")] = "UTC",
    as_json: Annotated[bool, typer.Option("--json", help="Print the bundle's metadata as JSON.")] = False,
) -> None:
    """Make a bundle whose reference is live traffic that you approve, with the times of its rows."""
    with Console(stderr=True).status("reading the windows"):
        live = build_from_windows(open_bundle(bundle), Span(reports, *from_windows), out, zone)
    if as_json:
        print(live.bundle.metadata.model_dump_json(indent=2))
    else:
        tell_live(live, zone)


@app.command()
def build(
    *,
    data: Annotated[Path, typer.Option(help="A CSV or Parquet file, or a folder of them.")],
    out: Annotated[Path, typer.Option(help="The bundle's folder.")],
    schema_file: Annotated[
        Path | None, typer.Option("--schema", help="Default: the schema.yaml beside the data, or above it.")
    ] = None,
    onnx: Annotated[Path | None, typer.Option(help="An existing model instead of a new one.")] = None,
    sklearn: Annotated[
        Path | None, typer.Option(help="The same of scikit-learn, saved by skops.io.dump.")
    ] = None,
    xgboost: Annotated[Path | None, typer.Option(help="The same of XGBoost, saved as JSON or UBJ.")] = None,
    lightgbm: Annotated[Path | None, typer.Option(help="The same of LightGBM, saved as text.")] = None,
    inputs: Annotated[
        Path | None, typer.Option(help="YAML: which features go into each input of the existing model.")
    ] = None,
    held_out: Annotated[
        bool, typer.Option("--held-out", help="Say that the existing model was not trained on the data.")
    ] = False,
    task: Annotated[Task | None, typer.Option(help=TASK_HELP)] = None,
    threshold: Annotated[
        str, typer.Option(help="The probability from which a prediction is positive, or f1, or youden.")
    ] = "0.5",
    force: Annotated[bool, typer.Option("--force", help="Take a model that is worse than chance.")] = False,
    name: Annotated[str | None, typer.Option(help="The model's name. Default: the out folder's.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the bundle's metadata as JSON.")] = False,
) -> None:
    """Make a bundle of a data set: train a random forest, or take an existing model."""
    console = Console(stderr=True)
    files = {"onnx": onnx, "sklearn": sklearn, "xgboost": xgboost, "lightgbm": lightgbm}
    existing = existing_of(files, inputs, held_out=held_out)
    with console.status("reading the schema") as status:
        request = Request(
            data=data,
            schema=read_schema_yaml(schema_file or find_schema(data)),
            out=out,
            name=name or out.absolute().name,
            existing=existing,
            task=task,
            threshold=read_threshold(threshold),
            force=force,
        )
        built = build_bundle(request, lambda what: status.update(Text(what)))
    if as_json:
        print(built.bundle.metadata.model_dump_json(indent=2))
    else:
        tell(built)
    if built.bundle.metadata.reference.scores == "training":
        print(SEEN_ROWS, file=sys.stderr)
