"""The signature of an imported model: which features go into its inputs, and what its outputs hold."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field


class Signature(BaseModel):
    """How a model is fed and read, as its graph says it."""

    model_config = ConfigDict(strict=True, extra="forbid", allow_inf_nan=False, frozen=True)

    inputs: dict[str, tuple[str, ...]]
    """The features of each input, in the order of its columns."""

    outputs: Annotated[tuple[str, ...], Field(min_length=1)]
    """The output that holds the probabilities or the value, or an output for each class."""

    labels: tuple[int | str, ...] = ()
    """What the model calls the classes, in the order of its columns; a single column is of the last one.
    Empty for regression."""

    order: tuple[int, ...] = ()
    """For each class of the bundle, its place among the labels."""
