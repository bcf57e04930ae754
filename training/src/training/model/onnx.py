"""Converts a fitted pipeline to ONNX, with one input per feature."""

from collections.abc import Collection, Mapping
from typing import Any

from skl2onnx import to_onnx
from skl2onnx.common.data_types import FloatTensorType, StringTensorType
from sklearn.pipeline import Pipeline

from contract.schema import Feature, Schema


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
    rename(model.graph, {column_name(number): name for number, name in enumerate(schema.feature_names)})
    return deterministic_bytes(model)


def deterministic_bytes(model: Any) -> bytes:
    """Return the bytes of a model; the same model gives the same bytes."""
    opsets = sorted(model.opset_import, key=lambda opset: opset.domain)
    del model.opset_import[:]
    model.opset_import.extend(opsets)  # skl2onnx lists them in the order of a set, which varies
    return bytes(model.SerializeToString(deterministic=True))


def rename(graph: Any, names: Mapping[str, str], reserved: Collection[str] = ()) -> None:
    """Give the graph's values these new names, and a free one to each other value that is in their way.

    No value keeps a reserved name either, unless it is among the new ones.
    """
    renamed = dict(names)
    taken = {*names.values(), *reserved}
    edges = {edge for node in graph.node for edge in (*node.input, *node.output)}
    for name in (value.name for value in (*graph.input, *graph.output, *graph.initializer)):
        edges.add(name)
    for edge in sorted(edges):
        renamed.setdefault(edge, _free(edge, taken, edges) if edge in taken else edge)
    for value in (*graph.input, *graph.output, *graph.initializer):
        value.name = renamed[value.name]
    for node in graph.node:
        node.input[:] = [renamed[edge] for edge in node.input]
        node.output[:] = [renamed[edge] for edge in node.output]


def _input_type(feature: Feature) -> Any:
    shape = [None, 1]
    return StringTensorType(shape) if feature.kind == "categorical" else FloatTensorType(shape)


def _free(name: str, *taken: Collection[str]) -> str:
    while any(name in names for names in taken):
        name += "_"
    return name
