"""Small ONNX models and bundles, made for the tests."""

from pathlib import Path
from typing import Any, cast

import onnx
from onnx import TensorProto, helper

from bundle import Bundle, Data, Parts, Recipe, ReferenceOrigin, check_bytes, write_bundle
from contract.schema import Feature, Label, Schema

SCHEMA = Schema(
    entity="id",
    label=Label(name="left", positive=True),
    features=[
        Feature(name="age", kind="numerical", minimum=0.0, maximum=10.0),
        Feature(name="paperless", kind="boolean", nullable=True),
        Feature(name="service", kind="categorical", categories=["DSL", "No"]),
    ],
)
"""One feature of each kind."""

NUMBERS = Schema(
    entity="id",
    features=[
        Feature(name="age", kind="numerical"),
        Feature(name="paperless", kind="boolean", nullable=True),
    ],
)
"""Features that fit into one matrix of floats."""


def model(nodes: list[Any], inputs: list[Any], outputs: list[Any]) -> bytes:
    """The bytes of a model of these nodes."""
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid("ai.onnx.ml", 3)]
    graph = helper.make_graph(nodes, "test", inputs, outputs)
    built = helper.make_model(graph, opset_imports=opsets, ir_version=8)
    return bytes(built.SerializeToString())


def floats(name: str, *shape: int | str | None) -> Any:
    """An input or output of floats."""
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, list(shape))


def strings(name: str, *shape: int | str | None) -> Any:
    """An input of strings."""
    return helper.make_tensor_value_info(name, TensorProto.STRING, list(shape))


def per_feature_model(output: tuple[int | str | None, ...] = (None, 1)) -> bytes:
    """SCHEMA's model: sigmoid(age + paperless + code), where the code of DSL is 1, of No 2, else -1.

    A missing boolean counts as 5, so that it can be told from False.
    """
    nodes = [
        helper.make_node("IsNaN", ["paperless"], ["missing"]),
        helper.make_node("Constant", [], ["five"], value_float=5.0),
        helper.make_node("Where", ["missing", "five", "paperless"], ["known"]),
        helper.make_node(
            "LabelEncoder",
            ["service"],
            ["code"],
            domain="ai.onnx.ml",
            keys_strings=["DSL", "No"],
            values_floats=[1.0, 2.0],
            default_float=-1.0,
        ),
        helper.make_node("Sum", ["age", "known", "code"], ["sum"]),
        helper.make_node("Sigmoid", ["sum"], ["probability"]),
    ]
    inputs = [floats("age", None, 1), floats("paperless", None, 1), strings("service", None, 1)]
    return model(nodes, inputs, [floats("probability", *output)])


def matrix_model(width: int | None = 2, rows: int | None = None) -> bytes:
    """NUMBERS's model: sigmoid of the row's sum, as both classes' columns."""
    nodes = [
        helper.make_node("Constant", [], ["axis"], value_ints=[1]),
        helper.make_node("ReduceSum", ["x", "axis"], ["sum"], keepdims=1),
        helper.make_node("Sigmoid", ["sum"], ["yes"]),
        helper.make_node("Constant", [], ["one"], value_float=1.0),
        helper.make_node("Sub", ["one", "yes"], ["no"]),
        helper.make_node("Concat", ["no", "yes"], ["probabilities"], axis=1),
    ]
    return model(nodes, [floats("x", rows, width)], [floats("probabilities", None, 2)])


def zipmap_model(classes: list[str] | list[int]) -> bytes:
    """NUMBERS's model with a ZipMap, as scikit-learn's converter makes it by default."""
    built = onnx.load_from_string(matrix_model())
    names: str = "classlabels_strings" if isinstance(classes[0], str) else "classlabels_int64s"
    built.graph.node.append(
        helper.make_node(
            "ZipMap", ["probabilities"], ["maps"], domain="ai.onnx.ml", **cast("Any", {names: classes})
        )
    )
    key = TensorProto.STRING if isinstance(classes[0], str) else TensorProto.INT64
    value = helper.make_tensor_type_proto(TensorProto.FLOAT, [])
    kind = helper.make_sequence_type_proto(helper.make_map_type_proto(key, value))
    del built.graph.output[:]
    built.graph.output.append(helper.make_value_info("maps", kind))
    return bytes(built.SerializeToString())


def parts(**changed: Any) -> Parts:
    """The parts of a small bundle."""
    values: dict[str, Any] = {
        "name": "small",
        "model": per_feature_model(),
        "reference": b"any bytes",
        "baseline": b"any baseline",
        "check": check_bytes([]),
        "schema": SCHEMA,
        "classes": (False, True),
        "data_hash": "0" * 64,
        "libraries": {"onnxruntime": "1"},
        "created_from": "tests",
        "origin": ReferenceOrigin(rows=1, scores="out-of-fold"),
        "recipe": Recipe(
            estimator=None, parameters={}, folds=None, seed=None, data=Data(names=("rows.csv",), rows=1)
        ),
    }
    return Parts(**{**values, **changed})


def written(folder: Path) -> Bundle:
    """A small bundle in a folder."""
    return write_bundle(folder, parts())
