"""The random forest: how features become numbers, how it is fitted, and how well it does."""

from typing import Any, Final

import numpy as np
import pandas as pd
from contract.schema import Feature, Schema
from numpy.typing import NDArray
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import train_test_split
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder

from training.errors import TrainingError
from training.model.onnx import column_name

TREES: Final = 300
MOST_LEAVES: Final = 350
"""A leaf has at least this part of the rows: on StreamFlow 20 rows, which reach AUC 0.83 in 3.4 MB."""

MOST_CATEGORIES: Final = 1000
"""Categories of one feature beyond which it is an id or free text, and the model would be huge."""

SMALLEST_CLASS: Final = 8
"""Rows of the rarer class below which a hold-out of a quarter says nothing."""

HOLD_OUT: Final = 0.25
SEED: Final = 20240131

_LARGEST: Final = float(np.finfo(np.float32).max)


def model_frame(frame: pd.DataFrame, schema: Schema) -> pd.DataFrame:
    """The features as the pipeline reads them: float32 with NaN where missing, and text with "" there.

    Raises TrainingError where a number is beyond float32.
    """
    columns: dict[str, Any] = {}
    for number, feature in enumerate(schema.features):
        values = frame[feature.name]
        if feature.kind == "categorical":
            columns[column_name(number)] = values.astype(object).fillna("")
        else:
            columns[column_name(number)] = _single_precision(feature.name, values.astype(np.float64))
    return pd.DataFrame(columns)


def _single_precision(name: str, values: "pd.Series[Any]") -> "pd.Series[Any]":
    beyond = (values.abs() > _LARGEST).to_numpy()
    if beyond.any():
        row = int(beyond.argmax()) + 1
        raise TrainingError(
            f"feature {name!r}, row {row}: is larger than {_LARGEST:.3g}, the most a model reads"
        )
    return values.astype(np.float32)


def hold_out_auc(features: pd.DataFrame, positive: NDArray[np.bool_], schema: Schema) -> dict[str, Any]:
    """The AUC on a quarter of the rows, by a model of the other three quarters."""
    if min(positive.sum(), (~positive).sum()) < SMALLEST_CLASS:
        raise TrainingError(
            f"{int(positive.sum())} of {len(positive)} rows are positive; "
            f"expected at least {SMALLEST_CLASS} of either class"
        )
    train, test, train_positive, test_positive = train_test_split(
        features, positive, test_size=HOLD_OUT, random_state=SEED, stratify=positive
    )
    scores = fit(train, train_positive, schema).predict_proba(test)[:, 1]
    auc = round(float(roc_auc_score(test_positive, scores)), 6)
    return {"auc": auc, "method": "hold-out", "rows": len(test), "trained_rows": len(train)}


def fit(features: pd.DataFrame, positive: NDArray[np.bool_], schema: Schema, trees: int = TREES) -> Pipeline:
    """A pipeline of preparation and forest, fitted on these rows; the same rows give the same trees."""
    leaf_rows = max(2, len(features) // MOST_LEAVES)
    forest = RandomForestClassifier(trees, min_samples_leaf=leaf_rows, random_state=SEED, n_jobs=-1)
    steps = []
    for number, feature in enumerate(schema.features):
        column = column_name(number)
        steps.append((column, _preparation(feature, features[column]), [column]))
    pipeline = Pipeline([("preparation", ColumnTransformer(steps)), ("forest", forest)])
    return pipeline.fit(features, positive.astype(np.int64))


def _preparation(feature: Feature, values: "pd.Series[Any]") -> Any:
    """Categories become one column each; a missing number becomes one below all others."""
    if feature.kind == "categorical":
        found = values.nunique()
        if found > MOST_CATEGORIES:
            raise TrainingError(
                f"feature {feature.name!r} has {found} categories, more than {MOST_CATEGORIES}; "
                "leave it out of the schema if it is an id or free text"
            )
        return OneHotEncoder(handle_unknown="ignore", sparse_output=False, dtype=np.float32)
    if not feature.nullable:
        return "passthrough"
    return SimpleImputer(strategy="constant", fill_value=_below(values), keep_empty_features=True)


def _below(values: "pd.Series[Any]") -> float:
    low, high = values.min(), values.max()
    if np.isnan(low):
        return -1.0
    return max(float(low) - max(float(high) - float(low), 1.0), -_LARGEST)
