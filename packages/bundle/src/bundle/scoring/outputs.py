"""Reads the probability of the positive class from a model's output."""

from collections.abc import Callable, Sequence
from typing import Any, Final, Protocol

import numpy as np
from contract.schema import Schema
from numpy.typing import NDArray

from bundle.errors import BundleError, ScoringError

Values = NDArray[Any]
Probabilities = NDArray[np.float64]
"""One probability per row."""

Reader = Callable[[Any], Values]

_ROUNDING: Final = 1e-4
"""How far a probability may lie outside of 0 to 1 by the rounding of single-precision floats."""

_TENSORS: Final = ("tensor(float)", "tensor(double)")
_MAPS: Final = ("seq(map(int64,tensor(float)))", "seq(map(string,tensor(float)))")


class ModelOutput(Protocol):
    """One output of a model, as ONNX Runtime describes it."""

    name: str
    type: str
    shape: list[int | str | None]


def probability_output(outputs: Sequence[ModelOutput]) -> ModelOutput:
    """Return the output that holds the probabilities; raises BundleError where it is not clear which one."""
    candidates = [item for item in outputs if item.type in (*_TENSORS, *_MAPS)]
    if len(candidates) > 1:
        candidates = [item for item in candidates if "prob" in item.name.lower()]
    if len(candidates) != 1:
        listed = ", ".join(f"{item.name} {item.type}" for item in outputs)
        raise BundleError(
            "the model has no output that is clearly the probability of two classes; expected one float "
            f"output of shape (rows, 2), (rows, 1) or (rows), or a ZipMap; it has {listed}"
        )
    return candidates[0]


def positive_reader(output: ModelOutput, schema: Schema) -> Reader:
    """Return a function that takes the output's value and returns one number per row for the positive class.

    The positive class is the second column. In a ZipMap it is the schema's positive value, or else the second
    key. The function raises ScoringError where the value doesn't have two classes.
    """
    if output.type in _TENSORS:
        return _from_tensor
    positive = schema.label.positive if schema.label else None
    return lambda value: _from_maps(value, positive)


def probability(value: float) -> float:
    """Return a value as a probability; raises ScoringError where it lies outside of 0 to 1."""
    if 0.0 <= value <= 1.0:
        return value
    if not -_ROUNDING <= value <= 1.0 + _ROUNDING:
        raise ScoringError(f"the model answers with {value}, which is no probability between 0 and 1")
    return min(max(value, 0.0), 1.0)


def probabilities(values: Values) -> Probabilities:
    """Return values as probabilities; raises ScoringError at the first value outside of 0 to 1."""
    outside = ~((values >= -_ROUNDING) & (values <= 1.0 + _ROUNDING))
    if outside.any():
        row = int(outside.argmax())
        raise ScoringError(f"the model answers row {row + 1} with {values[row]}, which is no probability")
    return np.clip(values.astype(np.float64), 0.0, 1.0)


def _from_tensor(value: Values) -> Values:
    if value.ndim == 2 and value.shape[1] in (1, 2):  # noqa: PLR2004 - one or both classes
        column: Values = value[:, -1]
        return column
    if value.ndim == 1:
        return value
    raise ScoringError(
        f"the model answers with shape {value.shape}, but two classes are (rows, 2), (rows, 1) or (rows)"
    )


def _from_maps(value: list[dict[Any, float]], positive: bool | int | str | None) -> Values:
    if any(len(row) != 2 for row in value):  # noqa: PLR2004 - the two classes
        raise ScoringError(f"the model answers with {len(value[0])} classes, but a decision has two")
    keys = sorted(value[0])
    key = positive if positive in keys else keys[1]
    return np.array([row[key] for row in value])
