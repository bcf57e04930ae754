"""What is to be predicted: the target of a data set or of an imported model, and its values as numbers."""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from contract.schema import Schema
from contract.task import ClassValue
from dataset import Target
from numpy.typing import NDArray

TWO = 2

Truth = NDArray[Any]
"""The label of each row: whether it is positive, the place of its class, or its value."""


def target_of(frame: pd.DataFrame, schema: Schema, where: str) -> Target:
    """Return the target that schema and label set; without labels, what the schema says.

    Raises DataError where the label's values contradict the schema.
    """
    target = Target.of(schema)
    if schema.label is not None and schema.label.name in frame:
        return target.settled(frame[schema.label.name], f"{where}: label {schema.label.name!r}")
    if target.task not in (None, "binary"):
        return target
    return replace(target, task="binary", **_two_classes(target))


def truth_of(frame: pd.DataFrame, schema: Schema, target: Target) -> Truth | None:
    """Return the label of each row as numbers, shape (rows,); None where the data have no labels."""
    if schema.label is None or schema.label.name not in frame:
        return None
    values = frame[schema.label.name]
    if target.task == "regression":
        return values.to_numpy(dtype=np.float64)
    if target.task == "binary":
        return (values.astype(object) == target.positive).to_numpy(bool)
    places = {value: place for place, value in enumerate(target.classes or ())}
    return np.array([places[value] for value in values.astype(object)], dtype=np.int64)


def _two_classes(target: Target) -> dict[str, Any]:
    """Return the negative and the positive class where no label says them."""
    if target.classes is not None and len(target.classes) == TWO:
        positive = target.classes[-1] if target.positive is None else target.positive
        negative = next(value for value in target.classes if value != positive)
        return {"classes": (negative, positive), "positive": positive}
    positive = True if target.positive is None else target.positive
    return {"classes": (_opposite(positive), positive), "positive": positive}


def _opposite(positive: ClassValue) -> ClassValue:
    if isinstance(positive, bool):
        return not positive
    if isinstance(positive, int):
        return 0 if positive else 1
    return f"not {positive}"
