"""Other versions of the example's model: one that is as good, and some that fail in a way of their own."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from bundle import Bundle, open_bundle, parts_of, write_bundle
from tests.support.paths import ROOT

ODD: Final = 900_000.0
"""A monthly fee above this makes a model fail that fails; no row of its check has one."""

FOR_EVER: Final = 1 << 60
"""Rounds of a loop that nobody sees the end of."""

SLOW_ROUNDS: Final = 300_000
"""Rounds that take some 0.3 s of a core."""

_FEE: Final = "monthly_fee"
_OUTPUT: Final = "probabilities"

Change = Callable[[onnx.ModelProto], None]


def unchanged(_: onnx.ModelProto) -> None:
    """Leave the model as it is."""


def challenger(folder: Path, change: Change = unchanged, threshold: float = 0.3) -> Bundle:
    """The example's bundle in another version: by its threshold, and by its model where that is changed."""
    parts = parts_of(open_bundle(ROOT / "bundles" / "churn"))
    model = onnx.load_from_string(parts.model)
    change(model)
    return write_bundle(folder, replace(parts, model=model.SerializeToString(), threshold=threshold))


def looping(rounds: int, *, only_odd: bool) -> Change:
    """Have each run of the model, or each that has an odd row, take that many rounds of a loop."""

    def change(model: onnx.ModelProto) -> None:
        _rename_output(model)
        count = _constant("rounds", np.array(rounds, np.int64))
        true = _constant("true", np.array(True))
        begins = _constant("begins", np.array(0.0, np.float32))
        nodes = [
            *(_is_odd() if only_odd else []),
            helper.make_node("Loop", ["rounds_run", "true", "begins"], ["looped"], body=_idle_body()),
            helper.make_node("Add", [f"{_OUTPUT}_only", "looped"], [_OUTPUT]),
        ]
        if only_odd:
            nodes[-2:-2] = [
                helper.make_node("Cast", ["any_odd"], ["odd_count"], to=TensorProto.INT64),
                helper.make_node("Mul", ["odd_count", "rounds"], ["rounds_run"]),
            ]
        else:
            nodes.insert(0, helper.make_node("Identity", ["rounds"], ["rounds_run"]))
        _append(model, [count, true, begins], nodes)

    return change


def failing(model: onnx.ModelProto) -> None:
    """Have the model fail where a run has an odd row: it looks for an entry that is not there."""
    _rename_output(model)
    nodes = [
        *_is_odd(),
        helper.make_node("Cast", ["any_odd"], ["place"], to=TensorProto.INT64),
        helper.make_node("Gather", ["table", "place"], ["found"], axis=0),
        helper.make_node("Add", [f"{_OUTPUT}_only", "found"], [_OUTPUT]),
    ]
    _append(model, [_constant("table", np.array([0.0], np.float32))], nodes)


def _is_odd() -> list[Any]:
    """Whether any row of the run is odd, as one boolean."""
    return [
        helper.make_node("ReduceMax", [_FEE], ["largest_fee"], keepdims=0),
        helper.make_node("Greater", ["largest_fee", "odd"], ["any_odd"]),
    ]


def _idle_body() -> onnx.GraphProto:
    """The body of a loop that gives the number that it was given."""
    return helper.make_graph(
        [
            helper.make_node("Identity", ["go_on"], ["goes_on"]),
            helper.make_node("Identity", ["number"], ["same"]),
        ],
        "idle",
        [
            helper.make_tensor_value_info("round", TensorProto.INT64, []),
            helper.make_tensor_value_info("go_on", TensorProto.BOOL, []),
            helper.make_tensor_value_info("number", TensorProto.FLOAT, []),
        ],
        [
            helper.make_tensor_value_info("goes_on", TensorProto.BOOL, []),
            helper.make_tensor_value_info("same", TensorProto.FLOAT, []),
        ],
    )


def _rename_output(model: onnx.ModelProto) -> None:
    """Have what answered before feed what is appended."""
    for node in model.graph.node:
        for place, name in enumerate(node.output):
            if name == _OUTPUT:
                node.output[place] = f"{_OUTPUT}_only"


def _append(model: onnx.ModelProto, constants: list[Any], nodes: list[Any]) -> None:
    odd = _constant("odd", np.array(ODD, np.float32))
    model.graph.initializer.extend([odd, *constants])
    model.graph.node.extend(nodes)


def _constant(name: str, value: np.ndarray[Any, Any]) -> onnx.TensorProto:
    return numpy_helper.from_array(value, name)
