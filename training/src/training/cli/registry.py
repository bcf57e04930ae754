"""The commands about a registry of MLflow: `training register`, `training import`, `training rollback`."""

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from bundle import open_bundle
from contract.settings import MlflowSettings, read_settings
from contract.task import Task
from registry import ModelReference, RegistryAccess, RegistryClient
from training.cli.data import DATA_HELP, TASK_HELP
from training.model.existing.inputs_file import read_inputs
from training.options import read_threshold
from training.registered.foreign import Columns, Wanted, import_model
from training.registered.register import register as register_bundle
from training.registered.register import roll_back
from training.registered.tell import tell_registered, tell_rolled_back
from training.steps import steps
from training.tell import SEEN_ROWS, tell


def register(
    *,
    bundle: Annotated[Path, typer.Option(help="The bundle's folder.")],
    name: Annotated[
        str | None, typer.Option(help="The registered model. Default: the bundle's name.")
    ] = None,
    alias: Annotated[
        str | None, typer.Option(help="The alias that the version gets, for example champion.")
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Also where the versions there hold another model.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print what was done as JSON.")] = False,
) -> None:
    """Put a bundle into the MLflow registry at MLFLOW_TRACKING_URI, as a version that predict can serve."""
    opened = open_bundle(bundle)
    with Console(stderr=True).status("registering the bundle"), _client() as client:
        done = register_bundle(opened, name or opened.name, alias, client, force=force)
    if as_json:
        print(json.dumps({**asdict(done), "reference": done.reference, "bundle_version": opened.version}))
    else:
        tell_registered(done, opened)


def import_(
    *,
    reference: Annotated[
        str, typer.Argument(metavar="models:/NAME@ALIAS", help="The model; models:/NAME/VERSION too.")
    ],
    data: Annotated[Path, typer.Option(help=f"The reference: {DATA_HELP[0].lower()}{DATA_HELP[1:]}")],
    out: Annotated[Path | None, typer.Option(help="The bundle's folder. Default: bundles/NAME.")] = None,
    name: Annotated[
        str | None, typer.Option(help="The bundle's name. Default: the registered model's.")
    ] = None,
    schema_file: Annotated[
        Path | None,
        typer.Option(
            "--schema",
            help="Default: the schema.yaml beside the data, or above it, else the model's signature.",
        ),
    ] = None,
    entity: Annotated[
        str | None, typer.Option(help="The column of the ids, where there is no schema.yaml.")
    ] = None,
    label: Annotated[
        str | None, typer.Option(help="The column to predict, where there is no schema.yaml.")
    ] = None,
    unpickle: Annotated[
        bool, typer.Option("--unpickle", help="Open a pickle too, which runs the code in it.")
    ] = False,
    inputs: Annotated[
        Path | None, typer.Option(help="YAML: which features go into each input of an ONNX model.")
    ] = None,
    held_out: Annotated[
        bool, typer.Option("--held-out", help="Say that the model was not trained on the data.")
    ] = False,
    task: Annotated[Task | None, typer.Option(help=TASK_HELP)] = None,
    threshold: Annotated[
        str, typer.Option(help="The probability from which a prediction is positive, or f1, or youden.")
    ] = "0.5",
    force: Annotated[bool, typer.Option("--force", help="Take a model that is worse than chance.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the bundle's metadata as JSON.")] = False,
) -> None:
    """Make a bundle of a model that others registered with MLflow: ONNX, scikit-learn, XGBoost, LightGBM."""
    wanted_model = ModelReference.parse(reference)
    called = name or wanted_model.name
    wanted = Wanted(
        data=data,
        out=out or Path("bundles") / called,
        name=called,
        columns=Columns(schema_file, entity, label),
        inputs=read_inputs(inputs) if inputs else None,
        held_out=held_out,
        task=task,
        threshold=read_threshold(threshold),
        force=force,
        unpickle=unpickle,
    )
    with steps("asking MLflow") as progress, _client() as client:
        built = import_model(wanted_model, wanted, client, progress)
    if as_json:
        print(built.bundle.metadata.model_dump_json(indent=2))
    else:
        tell(built)
    if built.bundle.metadata.reference.scores == "training":
        print(SEEN_ROWS, file=sys.stderr)


def rollback(
    *,
    name: Annotated[str, typer.Argument(help="The registered model.")],
    alias: Annotated[str, typer.Option(help="The alias that goes back.")] = "champion",
    as_json: Annotated[bool, typer.Option("--json", help="Print what was done as JSON.")] = False,
) -> None:
    """Move an alias of a registered model to the version that had it before."""
    with Console(stderr=True).status("asking MLflow"), _client() as client:
        done = roll_back(name, alias, client)
    if as_json:
        print(json.dumps(asdict(done)))
    else:
        tell_rolled_back(done)


def _client() -> RegistryClient:
    return RegistryClient(RegistryAccess.of(read_settings(MlflowSettings)))
