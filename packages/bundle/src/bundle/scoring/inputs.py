"""Turns features into the input tensors of a model."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from bundle.errors import BundleError
from bundle.scoring.columns import Column, column_for, is_number
from bundle.signature import Signature
from contract.schema import FeatureValue, Schema

Tensor = NDArray[Any]
Feeds = dict[str, Tensor]


class ModelInput(Protocol):
    """One input of a model, as ONNX Runtime describes it."""

    name: str
    type: str
    shape: list[int | str | None]


class Encoder(Protocol):
    """Encodes features as the inputs of a model; raises ScoringError for a value that an input can't take."""

    def rows(self, rows: Sequence[Mapping[str, FeatureValue]]) -> Feeds:
        """Return the inputs for a few rows, each a mapping of feature name to value."""

    def columns(self, columns: Mapping[str, Sequence[FeatureValue]]) -> Feeds:
        """Return the inputs for columns of equal length."""


def encoder_for(schema: Schema, inputs: Sequence[ModelInput], signature: Signature | None = None) -> Encoder:
    """Return the encoder for a model with these inputs; raises BundleError where they don't fit the schema.

    Without a signature, either each feature has an input of its own name with shape (N, 1), or all features
    are numerical or boolean and the only input has shape (N, number of features), in the schema's order.
    """
    wanted = signature.inputs if signature else _by_name(schema, inputs)
    by_name = {item.name: item for item in inputs}
    if unknown := sorted({*by_name} ^ {*wanted}):
        raise BundleError(f"the model's inputs are not those of its signature: {', '.join(unknown)}")
    kinds = {feature.name: feature.kind for feature in schema.features}
    tensors = {
        name: [column_for(feature, kinds[feature], name, by_name[name].type) for feature in features]
        for name, features in wanted.items()
    }
    for name, columns in tensors.items():
        _check_shape(by_name[name], len(columns))
    if all(len(columns) == 1 for columns in tensors.values()):
        return _OneInputPerFeature({name: columns[0] for name, columns in tensors.items()})
    return _Tensors(tensors)


def _by_name(schema: Schema, inputs: Sequence[ModelInput]) -> Mapping[str, Sequence[str]]:
    names = {item.name for item in inputs}
    if names == set(schema.feature_names):
        return {name: (name,) for name in schema.feature_names}
    if len(inputs) == 1 and _is_matrix(inputs[0], len(schema.features)):
        texts = [feature.name for feature in schema.features if feature.kind == "categorical"]
        if texts:
            raise BundleError(
                f"the model's only input, {inputs[0].name}, takes numbers, but {', '.join(texts)} are "
                "categorical; export the model with one input per feature"
            )
        return {inputs[0].name: schema.feature_names}
    lacking, surplus = sorted(set(schema.feature_names) - names), sorted(names - set(schema.feature_names))
    raise BundleError(
        "the model's inputs don't fit the schema: expected one input per feature, named as the feature"
        + (f"; features without an input: {', '.join(lacking)}" if lacking else "")
        + (f"; inputs without a feature: {', '.join(surplus)}" if surplus else "")
    )


def _is_matrix(item: ModelInput, features: int) -> bool:
    if not is_number(item.type) or len(item.shape) != 2:  # noqa: PLR2004 - rows, columns
        return False
    return item.shape[1] != 1 or features == 1


def _check_shape(item: ModelInput, columns: int) -> None:
    if len(item.shape) != 2:  # noqa: PLR2004 - rows, columns
        raise BundleError(
            f"the model's input {item.name} has shape {item.shape}, but expected (rows, {columns})"
        )
    rows, width = item.shape
    if isinstance(width, int) and width != columns:
        raise BundleError(
            f"the model's input {item.name} takes {width} values per row, but the schema has {columns} "
            "features for it"
        )
    if isinstance(rows, int):
        raise BundleError(
            f"the model's input {item.name} is fixed at {rows} rows; "
            "export the model with a dynamic first dimension"
        )


class _OneInputPerFeature:
    def __init__(self, columns: Mapping[str, Column]) -> None:
        self._columns = columns
        self._others = {name: item for name, item in columns.items() if not _is_float(item.dtype)}
        self._floats: dict[Any, dict[str, Column]] = {}
        for name, item in columns.items():
            if _is_float(item.dtype):
                self._floats.setdefault(item.dtype, {})[name] = item

    def rows(self, rows: Sequence[Mapping[str, FeatureValue]]) -> Feeds:
        """Return views of one array per dtype, which takes a quarter of the time of one array per feature."""
        feeds = {
            name: np.array([[item.value(row[item.feature])] for row in rows], item.dtype)
            for name, item in self._others.items()
        }
        for dtype, floats in self._floats.items():
            numbers = [[item.value(row[item.feature]) for row in rows] for item in floats.values()]
            feeds.update(zip(floats, np.array(numbers, dtype).reshape(len(floats), -1, 1), strict=True))
        return feeds

    def columns(self, columns: Mapping[str, Sequence[FeatureValue]]) -> Feeds:
        return {name: item.tensor(columns[item.feature]) for name, item in self._columns.items()}


class _Tensors:
    def __init__(self, tensors: Mapping[str, Sequence[Column]]) -> None:
        self._tensors = tensors

    def rows(self, rows: Sequence[Mapping[str, FeatureValue]]) -> Feeds:
        return {
            name: np.array(
                [[item.value(row[item.feature]) for item in columns] for row in rows], columns[0].dtype
            )
            for name, columns in self._tensors.items()
        }

    def columns(self, columns: Mapping[str, Sequence[FeatureValue]]) -> Feeds:
        return {
            name: np.hstack([item.tensor(columns[item.feature]) for item in own])
            for name, own in self._tensors.items()
        }


def _is_float(dtype: Any) -> bool:
    return dtype in (np.float32, np.float64)
