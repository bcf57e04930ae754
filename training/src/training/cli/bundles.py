"""The commands that make bundles: `training build`, `training reference`."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from bundle import open_bundle
from contract.task import Task
from dataset import find_schema, read_schema_yaml
from training.build import Request, build_bundle
from training.cli.data import TASK_HELP
from training.live import Span, build_from_windows
from training.options import existing_of, read_threshold
from training.steps import steps
from training.tell import SEEN_ROWS, tell, tell_live


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
    with steps("reading the windows"):
        live = build_from_windows(open_bundle(bundle), Span(reports, *from_windows), out, zone)
    if as_json:
        print(live.bundle.metadata.model_dump_json(indent=2))
    else:
        tell_live(live, zone)


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
    files = {"onnx": onnx, "sklearn": sklearn, "xgboost": xgboost, "lightgbm": lightgbm}
    existing = existing_of(files, inputs, held_out=held_out)
    with steps("reading the schema") as progress:
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
        built = build_bundle(request, progress)
    if as_json:
        print(built.bundle.metadata.model_dump_json(indent=2))
    else:
        tell(built)
    if built.bundle.metadata.reference.scores == "training":
        print(SEEN_ROWS, file=sys.stderr)
