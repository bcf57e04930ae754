"""The random forest: prepares the features, fits the model, and says how it can be made again."""

from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder

from contract.schema import Feature, Schema
from contract.task import Task
from training.errors import TrainingError
from training.model.onnx import column_name
from training.model.target import Truth

TREES: Final = 300
MOST_LEAVES: Final = 350
"""A leaf has at least 1 / MOST_LEAVES of the rows: on StreamFlow 20, for an AUC of 0.83 in 3.4 MB."""

MOST_DRAWN: Final = 20_000
"""Rows that a tree is grown on at most, drawn anew for each, so that millions of rows take minutes, too."""

SEED: Final = 20240131

_LARGEST: Final = float(np.finfo(np.float32).max)


def model_frame(frame: pd.DataFrame, schema: Schema) -> pd.DataFrame:
    """Return the features for the pipeline: float32 with NaN for missing numbers, text with "" for missing.

    Raises TrainingError where a number is too large for float32.
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
        row = int(values.index[int(beyond.argmax())]) + 1
        raise TrainingError(
            f"feature {name!r}, row {row}: is larger than {_LARGEST:.3g}, the most a model reads"
        )
    return values.astype(np.float32)


def fit(
    features: pd.DataFrame, truth: Truth, schema: Schema, task: Task = "binary", trees: int = TREES
) -> Pipeline:
    """Fit a pipeline of preparation and forest on these rows; the same rows give the same trees."""
    rows, drawn = len(features), min(len(features), MOST_DRAWN)
    leaf_rows = max(2, drawn // MOST_LEAVES)
    kind = RandomForestRegressor if task == "regression" else RandomForestClassifier
    forest = kind(
        trees,
        min_samples_leaf=leaf_rows,
        max_samples=drawn if drawn < rows else None,
        random_state=SEED,
        n_jobs=-1,
    )
    fewest = leaf_rows * rows / drawn
    steps = []
    for number, feature in enumerate(schema.features):
        column = column_name(number)
        steps.append((column, _preparation(feature, features[column], fewest), [column]))
    pipeline = Pipeline([("preparation", ColumnTransformer(steps)), ("forest", forest)])
    return pipeline.fit(features, truth if task == "regression" else truth.astype(np.int64))


def scores_of(model: Pipeline, features: pd.DataFrame, task: Task) -> NDArray[np.float64]:
    """Return the scores of rows, shape (rows,), or of several classes (rows, classes)."""
    # Threads would add the trees' answers in the order in which they end, which changes the last digit.
    model.set_params(forest__n_jobs=1)
    if task == "regression":
        values: NDArray[np.float64] = model.predict(features)
        return values
    probabilities: NDArray[np.float64] = model.predict_proba(features)
    return probabilities[:, 1] if task == "binary" else probabilities


def estimator_of(pipeline: Pipeline) -> tuple[str, dict[str, bool | int | float | str | None]]:
    """Return the forest's class, as it is imported, and its parameters without those that change no tree."""
    forest = pipeline.named_steps["forest"]
    idle = {"n_jobs", "verbose", "warm_start"}
    parameters = {name: value for name, value in forest.get_params().items() if name not in idle}
    return f"sklearn.ensemble.{type(forest).__name__}", parameters


def _preparation(feature: Feature, values: "pd.Series[Any]", fewest: float) -> Any:
    """Return the step that makes columns of categories, and puts missing numbers below all others.

    A category with `fewest` rows has a column of its own. Rarer ones fill no leaf, so no tree could split
    them off: to the model they are all the same. Columns of 3,140 of them took ten times as long as the rest.
    """
    if feature.kind == "categorical":
        counts = values.value_counts()
        kept = sorted(counts.index[counts.to_numpy() >= fewest]) or sorted(counts.index)[:1]
        return OneHotEncoder(
            categories=[kept], handle_unknown="ignore", sparse_output=False, dtype=np.float32
        )
    if not feature.nullable:
        return "passthrough"
    return SimpleImputer(strategy="constant", fill_value=_below(values), keep_empty_features=True)


def _below(values: "pd.Series[Any]") -> float:
    low, high = values.min(), values.max()
    if np.isnan(low):
        return -1.0
    return max(float(low) - max(float(high) - float(low), 1.0), -_LARGEST)
