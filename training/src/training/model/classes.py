"""The two values of the label, and the rows of the positive class."""

import numpy as np
import pandas as pd
from bundle import ClassValue
from contract.schema import Label, Schema
from numpy.typing import NDArray

from training.errors import TrainingError

Classes = tuple[ClassValue, ClassValue]
"""The negative value and the positive one."""


def classes_of(frame: pd.DataFrame, schema: Schema) -> Classes:
    """Return the two values of the label; where the data have no label, they follow from the schema.

    Raises TrainingError where the label doesn't have exactly two values, or lacks the positive one.
    """
    label = schema.label
    if label is None:
        return (False, True)
    if label.name not in frame:
        return (_opposite(label), label.positive)
    found: list[ClassValue] = sorted(frame[label.name].unique().tolist())
    shown = ", ".join(repr(value) for value in found[:5]) + (", …" if len(found) > 5 else "")  # noqa: PLR2004
    if len(found) != 2:  # noqa: PLR2004 - the two classes
        raise TrainingError(f"label {label.name!r} has {len(found)} values ({shown}); expected two")
    if label.positive not in found:
        raise TrainingError(
            f"label {label.name!r} has the values {shown}, but the schema's positive value is "
            f"{label.positive!r}"
        )
    return (next(value for value in found if value != label.positive), label.positive)


def positive_rows(frame: pd.DataFrame, label: Label) -> NDArray[np.bool_]:
    """Return True for each row of the positive class."""
    mask: NDArray[np.bool_] = (frame[label.name].astype(object) == label.positive).to_numpy(bool)
    return mask


def _opposite(label: Label) -> ClassValue:
    if isinstance(label.positive, bool):
        return not label.positive
    if isinstance(label.positive, int):
        return 0 if label.positive else 1
    return f"not {label.positive}"
