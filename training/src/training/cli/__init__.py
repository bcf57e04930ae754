"""The command line: `training streamflow`, `schema`, `split`, `build`, `reference`."""

from training.cli.app import main

__all__ = ["main"]
