"""Turns features into the input tensors of a model."""

import sys
from collections.abc import Mapping, Sequence
from typing import Any, Final, Protocol

import numpy as np
from contract.schema import Feature, FeatureValue, Schema
from numpy.typing import NDArray

from bundle.errors import BundleError

Tensor = NDArray[Any]
Feeds = dict[str, Tensor]

_FLOATS: Final[dict[str, type[np.floating[Any]]]] = {
    "tensor(float)": np.float32,
    "tensor(double)": np.float64,
}
_STRING: Final = "tensor(string)"


class ModelInput(Protocol):
    """One input of a model, as ONNX Runtime describes it."""

    name: str
    type: str
    shape: list[int | str | None]


class Encoder(Protocol):
    """Encodes features as the inputs of a model."""

    def rows(self, rows: Sequence[Mapping[str, FeatureValue]]) -> Feeds:
        """Return the inputs for a few rows, each a mapping of feature name to value."""

    def columns(self, columns: Mapping[str, Sequence[FeatureValue]]) -> Feeds:
        """Return the inputs for columns of equal length."""


def encoder_for(schema: Schema, inputs: Sequence[ModelInput]) -> Encoder:
    """Return the encoder for a model with these inputs; raises BundleError where they don't fit the schema.

    Either each feature has an input of its own name with shape (N, 1), or all features are numerical or
    boolean and the only input has shape (N, number of features), in the schema's order.
    """
    if {item.name for item in inputs} == set(schema.feature_names):
        by_name = {item.name: item for item in inputs}
        return _OneInputPerFeature([_column(feature, by_name[feature.name]) for feature in schema.features])
    if len(inputs) == 1 and _is_matrix(inputs[0], len(schema.features)):
        return _OneMatrix(schema, inputs[0])
    names = {item.name for item in inputs}
    lacking = sorted(set(schema.feature_names) - names)
    surplus = sorted(names - set(schema.feature_names))
    raise BundleError(
        "the model's inputs don't fit the schema: expected one input per feature, named as the feature"
        + (f"; features without an input: {', '.join(lacking)}" if lacking else "")
        + (f"; inputs without a feature: {', '.join(surplus)}" if surplus else "")
    )


def _is_matrix(item: ModelInput, features: int) -> bool:
    if item.type not in _FLOATS or len(item.shape) != 2:  # noqa: PLR2004 - rows, columns
        return False
    return item.shape[1] != 1 or features == 1


class _Floats:
    """Encodes numbers and booleans as floats: null is NaN, true is 1, numbers too large are clipped."""

    def __init__(self, name: str, dtype: type[np.floating[Any]]) -> None:
        self.name = name
        self.dtype = dtype
        self._largest = float(np.finfo(dtype).max) if dtype is np.float32 else sys.float_info.max

    def number(self, value: Any) -> float:
        if value is None:
            return np.nan
        return min(max(float(value), -self._largest), self._largest)

    def column(self, values: Sequence[Any]) -> Tensor:
        floats = np.array([[np.nan if value is None else value] for value in values], np.float64)
        return np.clip(floats, -self._largest, self._largest).reshape(-1, 1).astype(self.dtype)


class _Strings:
    """Encodes categories as strings; null is the empty string."""

    def __init__(self, name: str) -> None:
        self.name = name

    def column(self, values: Sequence[Any]) -> Tensor:
        return np.array([["" if value is None else value] for value in values], object).reshape(-1, 1)


class _OneInputPerFeature:
    def __init__(self, encoders: Sequence[_Floats | _Strings]) -> None:
        self._encoders = encoders
        self._texts = [item for item in encoders if isinstance(item, _Strings)]
        self._floats: dict[type[np.floating[Any]], dict[str, _Floats]] = {}
        for item in encoders:
            if isinstance(item, _Floats):
                self._floats.setdefault(item.dtype, {})[item.name] = item

    def rows(self, rows: Sequence[Mapping[str, FeatureValue]]) -> Feeds:
        """Return views of one array per dtype, which takes a quarter of the time of one array per feature."""
        feeds = {item.name: item.column([row[item.name] for row in rows]) for item in self._texts}
        for dtype, floats in self._floats.items():
            numbers = [[item.number(row[name]) for row in rows] for name, item in floats.items()]
            feeds.update(zip(floats, np.array(numbers, dtype).reshape(len(floats), -1, 1), strict=True))
        return feeds

    def columns(self, columns: Mapping[str, Sequence[FeatureValue]]) -> Feeds:
        return {encoder.name: encoder.column(columns[encoder.name]) for encoder in self._encoders}


class _OneMatrix:
    def __init__(self, schema: Schema, model_input: ModelInput) -> None:
        rows, width = model_input.shape
        texts = [feature.name for feature in schema.features if feature.kind == "categorical"]
        if texts:
            raise BundleError(
                f"the model's only input, {model_input.name}, takes numbers, but {', '.join(texts)} are "
                "categorical; export the model with one input per feature"
            )
        if isinstance(width, int) and width != len(schema.features):
            raise BundleError(
                f"the model's input {model_input.name} takes {width} numbers per row, "
                f"but the schema has {len(schema.features)} features"
            )
        _check_rows(model_input, rows)
        self._name = model_input.name
        self._encoders = [_Floats(name, _FLOATS[model_input.type]) for name in schema.feature_names]

    def rows(self, rows: Sequence[Mapping[str, FeatureValue]]) -> Feeds:
        numbers = [[item.number(row[item.name]) for item in self._encoders] for row in rows]
        return {self._name: np.array(numbers, self._encoders[0].dtype)}

    def columns(self, columns: Mapping[str, Sequence[FeatureValue]]) -> Feeds:
        return {self._name: np.hstack([item.column(columns[item.name]) for item in self._encoders])}


def _column(feature: Feature, model_input: ModelInput) -> _Floats | _Strings:
    expected = [_STRING] if feature.kind == "categorical" else list(_FLOATS)
    if model_input.type not in expected:
        raise BundleError(
            f"the model's input {feature.name} is {model_input.type}, "
            f"but a {feature.kind} feature is {' or '.join(expected)}"
        )
    shape = model_input.shape
    if len(shape) != 2 or (isinstance(shape[1], int) and shape[1] != 1):  # noqa: PLR2004 - rows, columns
        raise BundleError(f"the model's input {feature.name} has shape {shape}, but a feature is (rows, 1)")
    _check_rows(model_input, shape[0])
    if feature.kind == "categorical":
        return _Strings(feature.name)
    return _Floats(feature.name, _FLOATS[model_input.type])


def _check_rows(model_input: ModelInput, rows: int | str | None) -> None:
    if isinstance(rows, int):
        raise BundleError(
            f"the model's input {model_input.name} is fixed at {rows} rows; "
            "export the model with a dynamic first dimension"
        )
