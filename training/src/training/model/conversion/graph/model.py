"""The ONNX graph of a fitted model: one input per feature, and an output of answers."""

import warnings
from collections.abc import Mapping, Sequence
from typing import Any, Final

import onnxruntime
from onnx import TensorProto, helper
from skl2onnx import convert_sklearn
from skl2onnx.common.data_types import DoubleTensorType, FloatTensorType, StringTensorType

from contract.schema import Feature, Schema
from training.errors import TrainingError
from training.model.conversion.graph.steps import sklearn_converters
from training.model.conversion.original import cause
from training.model.onnx import deterministic_bytes, rename

OPSETS: Final = {"": 21, "ai.onnx.ml": 3}
"""The first to have trees of float64 and comparisons of text; other versions give other bytes."""

MATRIX: Final = "driftline_matrix"


def onnx_bytes(model: Any, columns: Mapping[str, str], schema: Schema, *, classifies: bool) -> bytes:
    """Return a fitted model as ONNX; `columns` is the model's name of each column, and its feature.

    The inputs are float64, or float32 where a converter or ONNX Runtime knows some step in float32 alone.
    Raises TrainingError where neither can be converted.
    """
    for number in (DoubleTensorType, FloatTensorType):
        try:
            content = _converted(model, columns, schema, number, classifies=classifies)
            onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
        except Exception as error:  # noqa: BLE001 - a converter raises whatever it stumbles over
            failure = error
        else:
            return content
    raise TrainingError(
        f"{type(model).__name__} can't be converted to ONNX: {cause(failure)}; use another estimator or "
        "other preparation steps, or export the model to ONNX yourself"
    ) from failure


def _converted(
    model: Any, columns: Mapping[str, str], schema: Schema, number: Any, *, classifies: bool
) -> bytes:
    """Convert the model with its columns apart where it tells them apart, and else by one matrix of them."""
    features = {feature.name: feature for feature in schema.features}
    types = {name: _tensor(features[feature], number) for name, feature in columns.items()}
    apart = _selects_columns(model) or StringTensorType in types.values()
    inputs = [(name, kind([None, 1])) for name, kind in types.items()]
    converted = _document(
        model, inputs if apart else [(MATRIX, number([None, len(columns)]))], classifies=classifies
    )
    graph = converted.graph
    if apart:
        rename(graph, {given.name: name for given, name in zip(graph.input, columns.values(), strict=True)})
    else:
        rename(graph, {}, reserved=features)
        graph.node.insert(0, helper.make_node("Concat", list(columns.values()), [MATRIX], axis=1))
    _declare_inputs(graph, schema.features, number)
    return deterministic_bytes(converted)


def _document(model: Any, inputs: Sequence[tuple[str, Any]], *, classifies: bool) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of converters about their own sources
        return convert_sklearn(
            model,
            "model",
            inputs,
            target_opset=OPSETS,
            options={"zipmap": False} if classifies else None,
            custom_conversion_functions=sklearn_converters(),
        )


def _declare_inputs(graph: Any, features: Sequence[Feature], number: Any) -> None:
    """Make the features the graph's inputs, in the schema's order; one that no node reads is allowed."""
    del graph.input[:]
    for feature in features:
        kind = _tensor(feature, number)
        element = {
            StringTensorType: TensorProto.STRING,
            DoubleTensorType: TensorProto.DOUBLE,
            FloatTensorType: TensorProto.FLOAT,
        }[kind]
        graph.input.append(helper.make_tensor_value_info(feature.name, element, [None, 1]))


def _tensor(feature: Feature, number: Any) -> Any:
    return StringTensorType if feature.kind == "categorical" else number


def _selects_columns(model: Any) -> bool:
    """Say whether the model's first step tells columns apart by name."""
    steps = getattr(model, "steps", None)
    return _selects_columns(steps[0][1]) if steps else hasattr(model, "transformers_")
