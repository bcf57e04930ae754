"""Converters of the steps that know missing values: trees, imputers and one-hot encoders."""

import copy
from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
from onnx import TensorProto
from skl2onnx.common._registration import get_converter
from skl2onnx.common.data_types import DoubleTensorType, StringTensorType
from skl2onnx.operator_converters.common import concatenate_variables

from training.model.conversion.graph.precision import Attributes, TreeContainer, in_single_precision


def convert_trees(scope: Any, operator: Any, container: Any) -> None:
    """Add the registered converter's nodes, and the side of missing values, which it leaves out."""
    model = operator.raw_operator
    trees = [model.tree_] if hasattr(model, "tree_") else [grown.tree_ for grown in model.estimators_]
    get_converter(operator.type)(scope, operator, TreeContainer(container, partial(_with_sides, trees)))


def convert_imputer(scope: Any, operator: Any, container: Any) -> None:
    """Add the nodes that put each column's value in place of NaN, or of the empty string in text."""
    imputer = operator.raw_operator
    values = imputer.statistics_
    is_text = isinstance(operator.inputs[0].type, StringTensorType)
    is_double = isinstance(operator.inputs[0].type, DoubleTensorType)
    plain = not imputer.add_indicator and not any(value != value for value in values)  # noqa: PLR0124 - NaN
    if not (plain and (is_text or is_double) and _is_missing(imputer.missing_values)):
        in_single_precision()(scope, operator, container)
        return
    source = concatenate_variables(scope, operator.inputs, container)
    missing, filler = (scope.get_unique_variable_name(name) for name in ("missing", "filler"))
    if is_text:
        empty = scope.get_unique_variable_name("empty")
        container.add_initializer(empty, TensorProto.STRING, [1], [b""])
        _add(scope, container, "Equal", [source, empty], missing)
        content = [str(value).encode() for value in values]
        container.add_initializer(filler, TensorProto.STRING, [1, len(values)], content)
    else:
        _add(scope, container, "IsNaN", [source], missing)
        container.add_initializer(filler, TensorProto.DOUBLE, [1, len(values)], values.astype(np.float64))
    _add(scope, container, "Where", [missing, filler, source], operator.outputs[0].full_name)


def convert_one_hot(scope: Any, operator: Any, container: Any) -> None:
    """Add the registered converter's nodes; a missing text, which is NaN to scikit-learn, is "" to ONNX."""
    encoder = copy.copy(operator.raw_operator)
    encoder.categories_ = [
        np.array(["" if _is_missing(value) else value for value in categories], object)
        if categories.dtype == object
        else categories
        for categories in encoder.categories_
    ]
    alias = operator.type
    get_converter(alias)(scope, operator.new_raw_operator(encoder, alias), container)


def _with_sides(trees: Sequence[Any], attributes: Attributes) -> Attributes:
    nodes = zip(attributes["nodes_treeids"], attributes["nodes_nodeids"], strict=True)
    sides = [int(trees[number].missing_go_to_left[node]) for number, node in nodes]
    return {**attributes, "nodes_missing_value_tracks_true": sides}


def _add(scope: Any, container: Any, kind: str, inputs: Sequence[str], output: str) -> None:
    container.add_node(kind, [*inputs], [output], name=scope.get_unique_operator_name(kind))


def _is_missing(value: Any) -> bool:
    return value is None or (isinstance(value, float) and np.isnan(value))
