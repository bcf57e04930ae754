"""Reads a model's answers from its outputs: a probability, a probability for each class, or a value."""

from collections.abc import Callable, Sequence
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from bundle.errors import BundleError, ScoringError
from bundle.signature import Signature
from contract.schema import Schema
from contract.task import Score

Values = NDArray[Any]
Scores = NDArray[np.float64]
"""Shape (rows,), or (rows, classes) where a model has a probability for each class."""

Reader = Callable[[list[Any]], Values]
"""Takes what the outputs hold, and gives an answer per row; raises ScoringError."""

_ROUNDING: Final = 1e-4
"""How far a probability may lie outside of 0 to 1 by the rounding of single-precision floats."""

_SUM_ROUNDING: Final = 1e-2
"""How far the sum of a row's probabilities may be from 1."""

TENSORS: Final = ("tensor(float)", "tensor(double)")
MAPS: Final = ("seq(map(int64,tensor(float)))", "seq(map(string,tensor(float)))")

_LOGITS: Final = (
    "; where the model answers with logits, let it end in a sigmoid (two classes) or a softmax, "
    "and export it again; where it predicts a number, say --task regression"
)


class ModelOutput(Protocol):
    """One output of a model, as ONNX Runtime describes it."""

    name: str
    type: str
    shape: list[int | str | None]


def answer_output(outputs: Sequence[ModelOutput]) -> ModelOutput:
    """Return the output that holds the answers; raises BundleError where it is not clear which one."""
    candidates = [item for item in outputs if item.type in (*TENSORS, *MAPS)]
    if len(candidates) > 1:
        candidates = [item for item in candidates if "prob" in item.name.lower()]
    if len(candidates) != 1:
        listed = ", ".join(f"{item.name} {item.type}" for item in outputs)
        raise BundleError(
            "the model has no output that is clearly the probability of two classes; expected one float "
            f"output of shape (rows, 2), (rows, 1) or (rows), or a ZipMap; it has {listed}"
        )
    return candidates[0]


def reader_for(
    outputs: Sequence[ModelOutput], schema: Schema, signature: Signature | None
) -> tuple[list[str], Reader]:
    """Return the outputs to ask for, and how they are read.

    Without a signature, classes come in the schema's order: of two the positive one is the second column, and
    in a ZipMap the schema's positive value, or else the second key.
    """
    task = schema.task or "binary"
    names = list(signature.outputs) if signature else [answer_output(outputs).name]
    if task == "regression":
        return names, lambda answers: _one_column(answers[0])
    if signature is not None:
        several = _classes(signature)
        return names, several if task == "multiclass" else lambda answers: _second(several(answers))
    is_map = answer_output(outputs).type in MAPS
    if task == "multiclass":
        return names, lambda answers: _columns(answers, len(schema.classes or ()))
    positive = schema.label.positive if schema.label else None
    return names, (lambda answers: _of_maps(answers[0], positive)) if is_map else (
        lambda answers: _positive(answers[0])
    )


def score_of(value: Any) -> Score:
    """Return one row's answer as a score: a number, or one number per class."""
    return tuple(value.tolist()) if isinstance(value, np.ndarray) else float(value)


def probability(value: float) -> float:
    """Return a value as a probability; raises ScoringError where it lies outside of 0 to 1."""
    if 0.0 <= value <= 1.0:
        return value
    if not -_ROUNDING <= value <= 1.0 + _ROUNDING:
        raise ScoringError(
            f"the model answers with {value}, which is no probability between 0 and 1{_LOGITS}"
        )
    return min(max(value, 0.0), 1.0)


def probabilities(values: Values) -> Scores:
    """Return values as probabilities; raises ScoringError at the first row with another value.

    Those of several classes, shape (rows, classes), have to add up to 1.
    """
    outside = ~((values >= -_ROUNDING) & (values <= 1.0 + _ROUNDING))
    if values.ndim > 1:
        outside = outside.any(axis=1) | ~(np.abs(values.sum(axis=1) - 1.0) <= _SUM_ROUNDING)
    if outside.any():
        row = int(outside.argmax())
        what = "is no probability" if values.ndim == 1 else "are no probabilities that add up to 1"
        raise ScoringError(f"the model answers row {row + 1} with {values[row]}, which {what}{_LOGITS}")
    return np.clip(values.astype(np.float64), 0.0, 1.0)


def numbers(values: Values) -> Scores:
    """Return predicted values as floats; raises ScoringError at the first that is not finite."""
    wrong = ~np.isfinite(values)
    if wrong.any():
        row = int(wrong.argmax())
        raise ScoringError(f"the model answers row {row + 1} with {values[row]}, which is no finite number")
    return values.astype(np.float64)


def _classes(signature: Signature) -> Reader:
    order, labels = list(signature.order), signature.labels

    def read(answers: list[Any]) -> Values:
        if isinstance(answers[0], list):
            return np.array([[row[labels[place]] for place in order] for row in answers[0]])
        columns = _columns(answers, len(labels))
        chosen: Values = columns[:, order]
        return chosen

    return read


def _second(values: Values) -> Values:
    """Return the second of two columns that add up to 1."""
    if (np.abs(values.sum(axis=1) - 1.0) > _SUM_ROUNDING).any():
        raise ScoringError(f"the model answers with {values[0]}, but two probabilities add up to 1{_LOGITS}")
    column: Values = values[:, 1]
    return column


def _columns(answers: list[Any], classes: int) -> Values:
    """Return a column for each class; a single one of two is the last class's."""
    if len(answers) > 1:
        return np.column_stack([_one_column(each) for each in answers])
    value: Values = answers[0]
    if value.ndim == 2 and value.shape[1] == classes:  # noqa: PLR2004 - rows, classes
        return value
    if classes != 2:  # noqa: PLR2004 - one column says all of two classes
        raise ScoringError(
            f"the model answers with shape {value.shape}, but {classes} classes are (rows, {classes})"
        )
    last = _one_column(value)
    return np.column_stack([1.0 - last, last])


def _one_column(value: Values) -> Values:
    if value.ndim == 2 and value.shape[1] == 1:  # noqa: PLR2004 - rows, columns
        column: Values = value[:, 0]
        return column
    if value.ndim == 1:
        return value
    raise ScoringError(f"the model answers with shape {value.shape}, but expected (rows, 1) or (rows)")


def _positive(value: Values) -> Values:
    if value.ndim == 2 and value.shape[1] in (1, 2):  # noqa: PLR2004 - one or both classes
        column: Values = value[:, -1]
        return column
    if value.ndim == 1:
        return value
    raise ScoringError(
        f"the model answers with shape {value.shape}, but two classes are (rows, 2), (rows, 1) or (rows)"
    )


def _of_maps(value: list[dict[Any, float]], positive: bool | int | str | None) -> Values:
    if any(len(row) != 2 for row in value):  # noqa: PLR2004 - the two classes
        raise ScoringError(f"the model answers with {len(value[0])} classes, but a decision has two")
    keys = sorted(value[0])
    key = positive if positive in keys else keys[1]
    return np.array([row[key] for row in value])
