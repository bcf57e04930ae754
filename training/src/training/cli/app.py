"""The command `training`, and what it makes of input that can't be used."""

import sys

import typer

from bundle import BundleError, ScoringError
from contract.errors import BadSettingError
from dataset import DataError
from registry import RegistryError
from training.cli import bundles, data, features, registry
from training.errors import TrainingError

BAD_INPUT = 2
"""The exit code for input that can't be used; a mistyped option has the same."""

REFUSALS = (BadSettingError, BundleError, DataError, RegistryError, ScoringError, TrainingError)

app = typer.Typer(
    no_args_is_help=True, add_completion=False, help="Make schemas, bundles and the example months."
)
for command in (
    data.schema,
    data.split,
    bundles.build,
    registry.import_,
    registry.register,
    registry.rollback,
    bundles.reference,
    features.feast,
    data.streamflow,
):
    app.command(command.__name__.rstrip("_"))(command)


def main() -> None:
    """Run a command; print bad input as one message on stderr."""
    try:
        app()
    except REFUSALS as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(BAD_INPUT)
