"""The columns that a model reads, and the features that fill them."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import pandas as pd

from training.errors import TrainingError

MOST_NAMES: Final = 5
"""The largest number of names that an error message lists."""


def features_read(names: Sequence[str] | None, width: int, features: Sequence[str]) -> list[str]:
    """Return the feature that fills each of the model's columns.

    `names` are the model's own; without them the model reads all features in their order. LightGBM writes a
    blank in a name as an underscore. Raises TrainingError where a feature of the model is not there.
    """
    if names is None:
        if width != len(features):
            raise TrainingError(
                f"the model reads {width} features and knows no names, but the schema has {len(features)}; "
                "expected a schema with the model's features in its order"
            )
        return list(features)
    known = {"_".join(feature.split()): feature for feature in features}
    known |= {feature: feature for feature in features}
    lacking = [name for name in names if name not in known]
    if lacking:
        raise TrainingError(
            f"the model reads {_listed(lacking)}, which the schema lacks; expected a schema with all "
            f"{len(names)} features of the model"
        )
    return [known[name] for name in names]


def columns_read(names: Sequence[str] | None, width: int, frame: pd.DataFrame) -> pd.DataFrame:
    """Return the columns that the model reads, under its own names and in its order.

    Numbers and booleans are float64, and true is 1; categories are text; what is missing is NaN. Raises
    TrainingError as `features_read` does.
    """
    features = features_read(names, width, [str(name) for name in frame.columns])
    return pd.DataFrame(
        {name: _values(frame[feature]) for name, feature in zip(names or features, features, strict=True)}
    )


def _values(values: "pd.Series[Any]") -> "pd.Series[Any]":
    if not isinstance(values.dtype, pd.CategoricalDtype):
        return values.astype(np.float64)
    is_boolean = set(values.cat.categories) <= {False, True}
    as_objects = values.astype(object)
    return as_objects.astype(np.float64) if is_boolean else as_objects


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(repr(name) for name in names[:MOST_NAMES])
    return shown + (f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else "")
