"""What is to be predicted: the target of a data set or of an imported model, and its values as numbers."""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from contract.schema import Schema
from contract.task import ClassValue
from dataset import Target

TWO = 2

Truth = NDArray[Any]
"""The label of each row that has one: whether it is positive, the place of its class, or its value."""


def target_of(frame: pd.DataFrame, schema: Schema, named: tuple[int | str, ...] | None, where: str) -> Target:
    """Return the target that schema, label and the names that a model has for its classes set.

    Raises DataError where the label's values contradict the schema.
    """
    target = Target.of(schema)
    label = schema.label
    if label is not None and label.name in frame:
        if target.task == "multiclass" and target.classes is None and named is not None:
            found = frame[label.name].dropna().astype(object).unique()
            target = replace(target, classes=named) if {*found} <= {*named} else target
        return target.settled(frame[label.name], f"{where}: label {label.name!r}")
    if target.task == "regression":
        return target
    if target.task == "multiclass":
        return replace(target, classes=target.classes or named)
    return replace(target, task="binary", **_two_classes(target, named))


def truth_of(frame: pd.DataFrame, schema: Schema, target: Target) -> Truth | None:
    """Return the label of each row that has one as numbers; None where the data have no labels."""
    if schema.label is None or schema.label.name not in frame:
        return None
    values = frame[schema.label.name].dropna()
    if target.task == "regression":
        return values.to_numpy(dtype=np.float64)
    if target.task == "binary":
        return (values.astype(object) == target.positive).to_numpy(bool)
    places = {value: place for place, value in enumerate(target.classes or ())}
    return np.array([places[value] for value in values.astype(object)], dtype=np.int64)


def is_labelled(frame: pd.DataFrame, schema: Schema) -> NDArray[np.bool_]:
    """Say of each row whether it has a label; all have one where the data have no labels at all."""
    if schema.label is None or schema.label.name not in frame:
        return np.ones(len(frame), bool)
    return frame[schema.label.name].notna().to_numpy(bool)


def _two_classes(target: Target, named: tuple[int | str, ...] | None) -> dict[str, Any]:
    """Return the negative and the positive class where no label says them."""
    classes: tuple[ClassValue, ...] | None = target.classes
    if classes is None and named is not None and len(named) == TWO and not {*map(str, named)} <= {"0", "1"}:
        classes = named
    if classes is not None and len(classes) == TWO and target.positive in (None, *classes):
        positive = classes[-1] if target.positive is None else target.positive
        negative = next(value for value in classes if value != positive)
        return {"classes": (negative, positive), "positive": positive}
    positive = True if target.positive is None else target.positive
    return {"classes": (_opposite(positive), positive), "positive": positive}


def _opposite(positive: ClassValue) -> ClassValue:
    if isinstance(positive, bool):
        return not positive
    if isinstance(positive, int):
        return 0 if positive else 1
    return f"not {positive}"
