"""The command `training`, and what it makes of input that can't be used."""

import sys

import typer
from bundle import BundleError, ScoringError
from dataset import DataError

from training.cli import bundles, data
from training.errors import TrainingError

BAD_INPUT = 2
"""The exit code for input that can't be used; a mistyped option has the same."""

app = typer.Typer(
    no_args_is_help=True, add_completion=False, help="Make schemas, bundles and the example months."
)
for command in (data.schema, data.split, bundles.build, bundles.reference, data.streamflow):
    app.command()(command)


def main() -> None:
    """Run a command; print bad input as one message on stderr."""
    try:
        app()
    except (BundleError, DataError, ScoringError, TrainingError) as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(BAD_INPUT)
