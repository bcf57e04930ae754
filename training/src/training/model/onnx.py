"""Converts a fitted pipeline to ONNX, with one input per feature."""

from typing import Any

from contract.schema import Feature, Schema
from skl2onnx import to_onnx
from skl2onnx.common.data_types import FloatTensorType, StringTensorType
from sklearn.pipeline import Pipeline


def column_name(number: int) -> str:
    """Return the pipeline's name for the feature of that number; skl2onnx would change most other names."""
    return f"feature{number}"


def onnx_bytes(pipeline: Pipeline, schema: Schema) -> bytes:
    """Return the model as ONNX, with inputs that are named as the features.

    Its output `probabilities` has shape (rows, classes), of two the positive class second; that of a
    regression has shape (rows, 1). The same pipeline gives the same bytes.
    """
    inputs = [(column_name(number), _input_type(feature)) for number, feature in enumerate(schema.features)]
    options = {"zipmap": False} if hasattr(pipeline, "predict_proba") else {}
    model = to_onnx(pipeline, initial_types=inputs, options=options)
    _rename(model.graph, schema.feature_names)
    opsets = sorted(model.opset_import, key=lambda opset: opset.domain)
    del model.opset_import[:]
    model.opset_import.extend(opsets)  # skl2onnx lists them in the order of a set, which varies
    return bytes(model.SerializeToString(deterministic=True))


def _input_type(feature: Feature) -> Any:
    shape = [None, 1]
    return StringTensorType(shape) if feature.kind == "categorical" else FloatTensorType(shape)


def _rename(graph: Any, features: list[str]) -> None:
    """Name the inputs as the features, and rename everything else that has a feature's name."""
    names = {column_name(number): name for number, name in enumerate(features)}
    for value in (*graph.input, *graph.output, *graph.initializer):
        value.name = names.setdefault(value.name, _free(value.name, features))
    for node in graph.node:
        for edges in (node.input, node.output):
            edges[:] = [names.setdefault(edge, _free(edge, features)) for edge in edges]


def _free(name: str, taken: list[str]) -> str:
    while name in taken:
        name += "_"
    return name
