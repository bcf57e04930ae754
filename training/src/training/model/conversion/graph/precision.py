"""Converters of single steps, each in the precision in which its library computes.

A graph with double-precision inputs computes scalers and linear models as scikit-learn does. Trees that were
grown on single precision have to compare single precision: a threshold of XGBoost is a value of its training
data, and the last digit decides on which side of it a row falls.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from onnx import TensorProto, numpy_helper
from skl2onnx.common._registration import get_converter
from skl2onnx.common._topology import Operator, Variable
from skl2onnx.common.data_types import DoubleTensorType, FloatTensorType

Converter = Callable[[Any, Any, Any], None]
"""A function of scope, operator and container, which adds an operator's nodes to the container."""

TREES_OF_DOUBLES = 3
"""The version of the operators TreeEnsembleClassifier and TreeEnsembleRegressor that can be float64."""

Attributes = dict[str, Any]
"""The attributes of an operator of trees, among them a list with an item per node."""

FLOAT_ATTRIBUTES = ("base_values", "class_weights", "nodes_hitrates", "nodes_values", "target_weights")


def in_single_precision(registered: Converter | None = None) -> Converter:
    """Return a converter whose inputs are cast to float32, as the library itself does."""

    def convert(scope: Any, operator: Any, container: Any) -> None:
        inputs = [_single(scope, container, value) for value in operator.inputs]
        _between_casts(scope, operator, container, registered or get_converter(operator.type), inputs)

    return convert


def in_double_precision(converter: Converter) -> Converter:
    """Return a converter of trees whose thresholds and leaves are float64, as the library's are."""

    def convert(scope: Any, operator: Any, container: Any) -> None:
        if any(isinstance(value.type, DoubleTensorType) for value in operator.inputs):
            container = TreeContainer(container, _as_doubles)
        _between_casts(scope, operator, container, converter, operator.inputs)

    return convert


def _between_casts(
    scope: Any, operator: Any, container: Any, converter: Converter, inputs: Sequence[Any]
) -> None:
    """Run a converter whose answers are float32, and cast them where the graph expects float64."""
    inner = Operator(
        operator.onnx_name,
        operator.scope,
        operator.type,
        operator.raw_operator,
        operator.target_opset,
        operator.scope_inst,
    )
    list.extend(inner.inputs, inputs)  # a plain extend would tell the topology of a step that it hasn't
    casts = []
    for value in operator.outputs:
        answer = value
        if isinstance(value.type, DoubleTensorType):
            answer = _variable(scope, value, "single_answer")
            casts.append((answer.full_name, value.full_name))
        list.append(inner.outputs, answer)
    converter(scope, inner, container)
    for source, target in casts:
        _cast(scope, container, source, target, TensorProto.DOUBLE)


def _single(scope: Any, container: Any, value: Any) -> Any:
    if not isinstance(value.type, DoubleTensorType):
        return value
    single = _variable(scope, value, "single_input")
    _cast(scope, container, value.full_name, single.full_name, TensorProto.FLOAT)
    return single


def _variable(scope: Any, like: Any, name: str) -> Any:
    unique = scope.get_unique_variable_name(name)
    return Variable(unique, unique, scope=like.scope, type=FloatTensorType(like.type.shape))


def _cast(scope: Any, container: Any, source: str, target: str, to: int) -> None:
    container.add_node("Cast", [source], [target], to=to, name=scope.get_unique_operator_name("Cast"))


class TreeContainer:
    """A container that changes the attributes of trees; all else is that of the container within."""

    def __init__(self, container: Any, change: Callable[[Attributes], Attributes]) -> None:
        self._container = container
        self._change = change

    def __getattr__(self, name: str) -> Any:
        return getattr(self._container, name)

    def add_node(self, op_type: str, inputs: Any, outputs: Any, **attributes: Any) -> None:
        """Add a node to the container within."""
        if op_type.startswith("TreeEnsemble"):
            attributes = self._change(attributes)
        self._container.add_node(op_type, inputs, outputs, **attributes)


def _as_doubles(attributes: Attributes) -> Attributes:
    """Return the attributes of trees with tensors of float64 in place of lists of float32."""
    changed = {name: _plain(values) for name, values in attributes.items()}
    for name in FLOAT_ATTRIBUTES:
        if name in changed:
            numbers = np.asarray(changed.pop(name), np.float64).ravel()
            changed[f"{name}_as_tensor"] = numpy_helper.from_array(numbers, name)
    return {**changed, "op_version": TREES_OF_DOUBLES}


def _plain(values: Any) -> Any:
    """Return a list with Python's integers in place of numpy's booleans, which ONNX refuses."""
    if isinstance(values, list):
        return [int(value) if isinstance(value, bool | np.bool_ | np.integer) else value for value in values]
    return values
