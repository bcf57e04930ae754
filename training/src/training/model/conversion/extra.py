"""The packages that conversion needs beyond those of training."""

from collections.abc import Iterator
from contextlib import contextmanager

from training.errors import TrainingError


@contextmanager
def needed_for(what: str) -> Iterator[None]:
    """Turn a failing import into a TrainingError that says which extra `what` needs."""
    try:
        yield
    except ModuleNotFoundError as error:
        raise TrainingError(f"{what} needs the extra: uv sync --package training --extra convert") from error
